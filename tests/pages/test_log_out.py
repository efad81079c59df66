"""Logging out requires a POST; a GET changes nothing."""
from __future__ import unicode_literals

import pytest
from django.test import Client


@pytest.mark.parametrize("address", ["/accounts/logout/", "/admin/logout/"])
class TestLoggingOut:

    def test_a_get_shows_a_button_and_logs_nobody_out(self, admin_client, address):
        response = admin_client.get(address)
        assert response.status_code == 200 and b'<form method="post"' in response.content
        assert "_auth_user_id" in admin_client.session

    def test_a_post_logs_out_and_leads_to_the_rooms(self, admin_client, address):
        response = admin_client.post(address)
        assert response["Location"].endswith("/chat/")
        assert "_auth_user_id" not in admin_client.session

    def test_a_post_of_another_site_is_refused(self, admin_client, address):
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = admin_client.cookies
        assert strict.post(address).status_code == 403
        assert "_auth_user_id" in admin_client.session
