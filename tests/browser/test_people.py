"""Guests, users with an account, and visitors without a name."""
from playwright.sync_api import expect


def test_a_visitor_without_a_name_can_read_and_is_asked_for_a_name(ada, bob, room):
    ada.enter(room)
    bob.visit(room)
    expect(bob.field).to_have_count(0)
    expect(bob.page.get_by_label("Choose a name")).to_be_visible()
    expect(bob.page.locator(".name-form").get_by_role("link", name="log in")).to_be_visible()
    ada.say("anybody there?")
    bob.sees("anybody there?")
    bob.page.get_by_label("Choose a name").fill("Bob")
    bob.page.get_by_role("button", name="Join").click()
    bob.field.wait_for()
    bob.wait_for_connection()
    bob.say("yes")
    expect(ada.row("yes").locator(".author")).to_have_text("Bob")


def test_a_guest_may_not_take_a_user_s_name(people, room, stack):
    stack.add_user("owner", "correct horse")
    guest = people("Owner")
    guest.visit(room)
    guest.page.fill("#name", "Owner")
    guest.page.click(".name-form button")
    expect(guest.page.get_by_role("alert").filter(has_text="This name is taken")).to_be_visible()
    expect(guest.page.locator("#name")).to_have_attribute("aria-invalid", "true")


def test_a_guest_changes_the_name(ada, bob, room):
    ada.enter(room)
    bob.enter(room)
    ada.page.locator(".menu summary").click()
    ada.page.get_by_label("You write as a guest").fill("Lovelace")
    ada.page.get_by_role("button", name="Change the name").click()
    expect(ada.page.locator(".menu summary")).to_contain_text("Lovelace")
    ada.wait_for_connection()
    ada.say("renamed")
    expect(bob.row("renamed").locator(".author")).to_contain_text("Lovelace")


def test_users_log_in_and_out_where_guests_are_forbidden(members):
    carol = members("carol")
    carol.page.goto(carol.base + "/chat/lobby/")
    carol.page.get_by_label("Username").fill("carol")
    carol.page.get_by_label("Password").fill("wrong")
    carol.page.get_by_role("button", name="Log in").click()
    expect(carol.page.get_by_role("alert")).to_contain_text("correct username and password")
    carol.page.get_by_label("Password").fill("correct horse")
    carol.page.get_by_role("button", name="Log in").click()
    carol.wait_for_connection()
    assert carol.page.url.endswith("/chat/lobby/")
    carol.say("let in")
    carol.has_stored("let in")
    carol.page.locator(".menu summary").click()
    carol.page.get_by_role("button", name="Log out").click()
    expect(carol.page.get_by_label("Username")).to_be_visible()


def test_a_socket_that_requires_a_login_is_reported_and_not_retried(members):
    carol = members("carol2")
    carol.page.goto(carol.base + "/accounts/login/?next=/chat/lobby/")
    carol.page.get_by_label("Username").fill("carol")
    carol.page.get_by_label("Password").fill("correct horse")
    # The page is served, but its socket is opened without the cookie, as after a logout in another tab.
    carol.page.route("**/static/chartroom/room/room.js", lambda route: (carol.context.clear_cookies(), route.continue_()))
    carol.page.get_by_role("button", name="Log in").click()
    expect(carol.page.locator("#light")).to_have_attribute("data-state", "refused")
    expect(carol.page.locator("#banner-text")).to_have_text("Please log in to read this room.")
    expect(carol.page.get_by_role("status")).to_have_text("Please log in to read this room.")
    expect(carol.page.locator("#log-in")).to_be_visible()
    expect(carol.page.locator("#try-now")).to_be_hidden()


def test_unsent_messages_and_drafts_belong_to_one_user(ada, room, line, stack):
    ada.enter(room)
    line.cut("Ada")
    ada.say("only Ada says this")
    expect(ada.row("only Ada says this")).to_have_attribute("data-state", "waiting")
    ada.field.fill("Ada's draft")
    cookies = ada.context.cookies()
    ada.context.clear_cookies()
    line.restore("Ada")

    ada.name = "Mallory"
    ada.enter(room)
    expect(ada.page.locator(".row")).to_have_count(0)
    expect(ada.field).to_have_value("")
    ada.say("Mallory's own")
    ada.has_stored("Mallory's own")
    assert stack.stored(room) == ["Mallory's own"]

    ada.context.clear_cookies()
    ada.context.add_cookies(cookies)
    ada.enter(room)
    expect(ada.field).to_have_value("Ada's draft")
    ada.has_stored("only Ada says this")


def test_unsent_messages_are_not_sent_after_a_change_of_user(ada, room, line, stack):
    ada.enter(room)
    line.cut("Ada")
    ada.say("written as Ada")
    ada.context.clear_cookies()
    line.restore("Ada")
    ada.page.get_by_role("button", name="Try now").click()
    expect(ada.page.locator("#changed")).to_be_visible()
    expect(ada.row("written as Ada")).to_have_attribute("data-state", "waiting")
    ada.page.get_by_role("button", name="Reload").click()
    expect(ada.page.locator("#name")).to_be_visible()
    assert stack.stored(room) == []


class TestShutOut:
    """The page sends nothing in these tests: the server closes the socket by itself."""

    def logged_in(self, stack, person, name):
        stack.add_user(name, "correct horse")
        person.log_in(name, "correct horse")
        return person

    def test_after_a_log_out_in_another_window_the_draft_is_kept_and_a_log_in_is_offered(self, ada, bob, room, stack):
        self.logged_in(stack, ada, "quitter")
        ada.enter(room)
        ada.field.fill("half a sentence")
        other = ada.new_page()
        other.goto(stack.base)
        other.locator(".menu summary").click()
        other.get_by_role("button", name="Log out").click()
        expect(ada.page.get_by_text("Your session has ended.")).to_be_visible()
        expect(ada.page.get_by_role("link", name="Log in").locator("visible=true")).to_have_count(1)
        expect(ada.field).to_have_value("half a sentence")
        ada.field.press("Enter")
        bob.enter(room)
        bob.say("still here")
        bob.has_stored("still here")
        assert stack.stored(room) == ["still here"]

        ada.log_in("quitter", "correct horse")
        ada.enter(room)
        ada.has_stored("half a sentence")

    def test_a_user_made_inactive_is_told_so(self, ada, room, stack):
        self.logged_in(stack, ada, "barred")
        ada.enter(room)
        stack.run(
            "from django.contrib.auth import get_user_model\n"
            "user = get_user_model().objects.get(username='barred')\nuser.is_active = False\nuser.save()\n")
        expect(ada.page.get_by_text("Your session has ended.")).to_be_visible()

    def test_a_password_changed_elsewhere_ends_this_session(self, ada, room, stack):
        self.logged_in(stack, ada, "changer")
        ada.enter(room)
        stack.run(
            "from django.contrib.auth import get_user_model\n"
            "user = get_user_model().objects.get(username='changer')\nuser.set_password('new horse')\nuser.save()\n")
        expect(ada.page.get_by_text("Your session has ended.")).to_be_visible()
