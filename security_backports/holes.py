"""
The published vulnerabilities of the pinned packages, and what becomes of each here: the table in `docs/security.md`, and
what ``python -m security_backports`` prints.
"""
from __future__ import unicode_literals

import re
import warnings
from collections import namedtuple

from security_backports.patches import PATCHES

MENDED, CLOSED, LEFT, ABSENT = "mended", "closed", "left", "not affected"

# ``cves``: separated by spaces. ``affected``: the versions, as in a requirement; empty if no pinned version is among them.
# ``what``: what an attacker can do. ``why``: how it is closed, or what is left to do; empty if a patch mends it.
Hole = namedtuple("Hole", "cves package affected what state why")

EVERY = ">=1.8,<1.11"  # Django's versions that chartroom supports
NOT_USED = "not used: "

# Where it is not `EVERY`.
_PATCHED = {"CVE-2018-14574": ">=1.9,<1.11"}

HOLES = [
    Hole(patch.cve, "Django", _PATCHED.get(patch.cve, EVERY), patch.title, MENDED, "") for patch in PATCHES
] + [
    # The interface server
    Hole("CVE-2026-44545", "daphne", "<4.2.2", "A WebSocket message of any length fills the memory", CLOSED,
         "`rundaphne` bounds it (`MAX_FRAME`)"),
    Hole("CVE-2026-44546", "daphne", "<4.2.2", "A header within another one, which a proxy does not see", CLOSED,
         "`rundaphne` refuses such a handshake"),
    Hole("CVE-2022-24801", "Twisted", "<22.4", "One request for a proxy is two for the server", CLOSED,
         "`rundaphne` handles one request per connection"),
    Hole("CVE-2023-46137", "Twisted", "<23.10", "Pipelined requests get each other's responses", CLOSED,
         "`rundaphne` handles one request per connection"),
    Hole("CVE-2024-41671", "Twisted", "<24.7", "Pipelined requests get each other's responses", CLOSED,
         "`rundaphne` handles one request per connection"),
    Hole("CVE-2022-21712", "Twisted", ">=11.1,<22.1", "Cookies and passwords are sent to the target of a redirect", CLOSED,
         NOT_USED + "Twisted's HTTP client"),
    Hole("CVE-2022-21716", "Twisted", "<22.2", "An SSH client fills the memory", CLOSED, NOT_USED + "Twisted's SSH"),
    Hole("CVE-2022-39348", "Twisted", ">=0.9.4,<22.10", "HTML in a page of Twisted itself", CLOSED, NOT_USED + "Twisted's virtual hosts"),
    Hole("CVE-2024-41810", "Twisted", "<24.7", "HTML in a page of Twisted itself", CLOSED, NOT_USED + "Twisted's redirects"),
    Hole("CVE-2026-42304", "Twisted", "<26.4", "A DNS response keeps the process busy", CLOSED, NOT_USED + "Twisted's DNS"),
    Hole("CVE-2020-35678", "autobahn", "<20.12.3", "Headers within the address of a redirect", CLOSED,
         "only requests with `Upgrade: websocket` reach it, and it redirects others only"),
    # The pages
    Hole("CVE-2024-1135 CVE-2024-6827", "gunicorn", "<22.0", "One request for a proxy is two for the server", CLOSED,
         "gunicorn's default worker, `sync`, closes the connection after each response; with another worker class it is left"),
    Hole("CVE-2015-9251 CVE-2019-11358 CVE-2020-11022 CVE-2020-11023", "Django", EVERY,
         "Scripts or properties of others, by the admin's jQuery", CLOSED,
         "the admin's scripts request nothing from other sites, merge no objects of others and insert no HTML of others"),
    Hole("CVE-2026-6907 CVE-2026-8404 CVE-2026-35192 CVE-2026-35193 CVE-2026-48588", "Django", EVERY,
         "A page of one user is cached for another", CLOSED, NOT_USED + "Django's cache middleware"),
    Hole("CVE-2018-7536 CVE-2018-7537", "Django", ">=1.9,<1.11", "`urlize` and `truncatechars_html` take long", CLOSED,
         NOT_USED + "these filters, neither by chartroom nor by the admin"),
    Hole("CVE-2019-14232 CVE-2023-43665 CVE-2024-27351 CVE-2026-1285", "Django", EVERY,
         "`truncatewords_html` and `truncatechars_html` take long", CLOSED, NOT_USED + "these filters"),
    Hole("CVE-2024-38875 CVE-2024-41990 CVE-2024-41991 CVE-2024-45230", "Django", EVERY, "`urlize` takes long", CLOSED,
         NOT_USED + "`urlize`, and fields for URLs in the admin"),
    Hole("CVE-2019-14233 CVE-2024-53907 CVE-2025-32873", "Django", EVERY, "`strip_tags` takes long", CLOSED,
         "only help texts pass through it, in the admin"),
    Hole("CVE-2019-6975 CVE-2024-24680 CVE-2024-41989 CVE-2025-26699", "Django", EVERY,
         "Formatting a number or wrapping a text takes long", CLOSED,
         NOT_USED + "decimal numbers, `floatformat`, `intcomma` and `wordwrap`"),
    Hole("CVE-2021-45116 CVE-2022-22818", "Django", EVERY, "`dictsort` and `{% debug %}` show private data", CLOSED,
         NOT_USED + "this filter and this tag"),
    Hole("CVE-2019-12308 CVE-2020-13596 CVE-2026-15920", "Django", EVERY, "Scripts within the admin's fields", CLOSED,
         "no field of the admin is a URL, and no related object is limited by values of users"),
    Hole("CVE-2026-4277 CVE-2026-4292", "Django", EVERY, "Rows are created in the admin without the permission", CLOSED,
         NOT_USED + "generic inlines and `list_editable`"),
    Hole("CVE-2021-33203", "Django", EVERY, "Staff read any file by `admindocs`", CLOSED, NOT_USED + "`admindocs`"),
    Hole("CVE-2021-45115", "Django", ">=1.9,<1.11", "Comparing a long password with the user's name takes long", CLOSED,
         NOT_USED + "validators of passwords; if you set them, only staff can change a password, in the admin"),
    Hole("CVE-2024-45231", "Django", EVERY, "Resetting a password shows which addresses exist", CLOSED,
         NOT_USED + "views that reset passwords"),
    Hole("CVE-2025-13473", "Django", EVERY, "The time of a log-in by mod_wsgi shows which users exist", CLOSED,
         NOT_USED + "`django.contrib.auth.handlers.modwsgi`"),
    Hole("CVE-2021-28658 CVE-2021-31542 CVE-2021-45452 CVE-2023-31047 CVE-2024-39330", "Django", EVERY,
         "An upload is stored outside its folder, or not validated", CLOSED, NOT_USED + "file fields, forms with files, and storages"),
    Hole("CVE-2020-24583 CVE-2020-24584 CVE-2026-25674", "Django", EVERY, "Folders get wrong permissions", CLOSED,
         NOT_USED + "uploads, the file cache and `FILE_UPLOAD_DIRECTORY_PERMISSIONS`"),
    Hole("CVE-2020-13254", "Django", EVERY, "A key of memcached returns another one's data", CLOSED, NOT_USED + "memcached"),
    Hole("CVE-2019-14234 CVE-2020-7471", "Django", EVERY, "SQL within keys of JSONField and HStoreField, and in StringAgg", CLOSED,
         NOT_USED + "`django.contrib.postgres`"),
    Hole("CVE-2022-34265", "Django", ">=1.10,<1.11", "SQL within the kind of Trunc and Extract", CLOSED, NOT_USED + "these functions"),
    Hole("CVE-2022-28346 CVE-2025-59681 CVE-2026-1287", "Django", EVERY, "SQL within the names of annotations", CLOSED,
         "the names of annotations are constants"),
    Hole("CVE-2020-9402 CVE-2026-1207 CVE-2026-15307 CVE-2026-15830 CVE-2026-53877 CVE-2026-87890 "
         "CVE-2026-111211 CVE-2026-111362 CVE-2026-114582", "Django", EVERY,
         "SQL, files, requests and log lines by geographic data", CLOSED, NOT_USED + "`django.contrib.gis`"),
    Hole("CVE-2021-32052 CVE-2021-33571 CVE-2024-56374", "Django", EVERY, "Wrong or slow validation of URLs and addresses", CLOSED,
         NOT_USED + "fields for URLs and IP addresses"),
    Hole("CVE-2022-41323", "Django", EVERY, "A language code is a regular expression", CLOSED, NOT_USED + "`i18n_patterns`"),
    Hole("CVE-2026-6873", "Django", EVERY, "A signed cookie counts as another one", CLOSED, NOT_USED + "signed cookies"),
    Hole("CVE-2026-7666", "Django", EVERY, "E-mail is sent without encryption", CLOSED, NOT_USED + "e-mail"),
    Hole("CVE-2019-14235 CVE-2023-41164", "Django", EVERY, "`uri_to_iri` takes memory and time", CLOSED,
         "only Django's server for development calls it, and `runserver` is daphne's here"),
    Hole("CVE-2021-3281 CVE-2025-59682", "Django", EVERY, "The archive of a template is unpacked outside its folder", CLOSED,
         "only `startapp` and `startproject` unpack archives, which the developer selects"),
    Hole("CVE-2025-64460", "Django", EVERY, "Reading XML takes long", CLOSED, "only `loaddata` reads it, from files of the maintainer"),
    Hole("CVE-2023-46695 CVE-2025-27556 CVE-2025-64458 CVE-2026-25673", "Django", EVERY, "Unicode normalization takes long on Windows",
         CLOSED, "on Windows only, where gunicorn does not run"),
    # Feeds
    Hole("CVE-2024-3651", "idna", "<3.7", "Encoding a long host name takes long", CLOSED,
         "`runfeed` follows no address with more than 2000 characters"),
    Hole("CVE-2026-45409", "idna", "<3.15", "Encoding a long host name takes long", CLOSED,
         "`runfeed` follows no address with more than 2000 characters"),
    Hole("CVE-2025-66418", "urllib3", ">=1.24,<2.6.0", "A response is compressed any number of times", CLOSED,
         "`runfeed` decompresses by itself, once"),
    Hole("CVE-2025-66471", "urllib3", ">=1.0,<2.6.0", "A small response decompresses to a large one", CLOSED,
         "`runfeed` decompresses by itself, with a limit"),
    Hole("CVE-2026-21441", "urllib3", ">=1.22,<2.6.3", "A small response decompresses to a large one at a redirect", CLOSED,
         "`runfeed` follows redirects by itself, and does not read their bodies"),
    Hole("CVE-2026-97689", "urllib3", ">=1.10.3,<2.8.0", "The length of a chunk fills the memory", CLOSED,
         "`runfeed` reads chunks by Python's own client, which bounds it"),
    Hole("CVE-2025-50181", "urllib3", "<2.5.0", "Redirects are followed although they are disabled", CLOSED,
         NOT_USED + "`PoolManager`"),
    Hole("CVE-2026-44431", "urllib3", "<2.7.0", "Passwords are sent to the target of a redirect", CLOSED, NOT_USED + "urllib3's redirects"),
    Hole("CVE-2026-97687", "urllib3", "<2.8.0", "The TLS settings of a proxy are ignored", CLOSED, NOT_USED + "proxies"),
    # Secrets
    Hole("CVE-2023-23931", "cryptography", ">=1.8,<39.0.1", "`update_into` writes to constants", CLOSED, NOT_USED + "`update_into`"),
    Hole("CVE-2023-38325", "cryptography", ">=40.0.0,<41.0.2", "SSH certificates are read wrongly", CLOSED, NOT_USED + "SSH certificates"),
    Hole("CVE-2023-49083", "cryptography", ">=3.1,<41.0.6", "PKCS#7 certificates end the process", CLOSED, NOT_USED + "PKCS#7"),
    Hole("CVE-2023-50782", "cryptography", "<42.0.0", "The time of RSA decryption shows the text", CLOSED, NOT_USED + "RSA"),
    Hole("CVE-2024-26130", "cryptography", ">=38.0.0,<42.0.4", "PKCS#12 ends the process", CLOSED, NOT_USED + "PKCS#12"),
    Hole("CVE-2026-26007", "cryptography", "<46.0.5", "A public key shows parts of the private one", CLOSED, NOT_USED + "elliptic curves"),
    Hole("CVE-2026-69247", "cryptography", ">=44.0.0,<50.0.0", "PKCS#7 decryption shows the text", CLOSED, NOT_USED + "PKCS#7"),
    Hole("GHSA-5cpq-8wj7-hf2v", "cryptography", ">=0.5,<41.0.0", "The wheels contain an OpenSSL with published holes", LEFT,
         "webhooks use only AES, HMAC and SHA-256 of it; TLS of daphne (`-e ssl:`) would use more: let the proxy terminate TLS, "
         "or build cryptography with the system's OpenSSL"),
    # None of the pinned versions
    Hole("CVE-2018-6188 CVE-2018-16984 CVE-2019-19118 CVE-2021-35042 CVE-2022-28347 CVE-2022-36359 CVE-2024-42005 CVE-2024-53908 CVE-2025-13372 "
         "CVE-2025-57833 CVE-2025-64459 CVE-2026-1312 CVE-2026-53878", "Django", "", "Various", ABSENT, "the code was added later"),
    Hole("CVE-2019-19844", "Django", "", "A link to reset a password is sent to an attacker", ABSENT,
         "it is sent to the address that is stored"),
    Hole("CVE-2023-23969 CVE-2024-39614", "Django", "", "Languages of a request take memory or time", ABSENT,
         "headers are not cached, and a code is split once"),
    Hole("CVE-2025-14550 CVE-2026-3902 CVE-2026-5766 CVE-2026-33034", "Django", "", "Headers and bodies by ASGI", ABSENT,
         "Django has ASGI since 3.0"),
    Hole("CVE-2020-10108 CVE-2020-10109", "Twisted", "", "One request for a proxy is two for the server", ABSENT, "fixed in 20.3.0"),
    Hole("CVE-2020-35681", "channels", "", "A session's id is shown to others", ABSENT, "3.0.0 to 3.0.2 only"),
    Hole("CVE-2023-28858 CVE-2023-28859", "redis", "", "A response goes to another request", ABSENT, "redis-py has asyncio since 4.2"),
    Hole("CVE-2018-1000164 CVE-2026-134820", "gunicorn", "", "Headers within headers, and requests within requests", ABSENT,
         "fixed in 19.5.0; 25.2.0 to 26 only"),
    Hole("CVE-2026-44432 CVE-2026-97688", "urllib3", "", "A small response decompresses to a large one, or without end", ABSENT,
         "since 2.6 only"),
    Hole("CVE-2026-114613", "msgpack-python", "", "Malformed messages fill the memory", ABSENT, "since 1.0 only"),
]


def numbers(version):
    """``1.10.8`` as ``(1, 10, 8)``, without zeros at the end."""
    found = [int(part) for part in re.match(r"\d+(\.\d+)*", version).group().split(".")]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def is_affected(hole, version):
    """Whether a version is among the affected ones."""
    if not hole.affected:
        return False
    for bound in hole.affected.split(","):
        sign, limit = re.match(r"([<>=]+)(.+)", bound).groups()
        if not (numbers(version) < numbers(limit) if sign == "<" else numbers(version) >= numbers(limit)):
            return False
    return True


def installed(package):
    """The version of a package, or None."""
    with warnings.catch_warnings():
        # Newer versions of setuptools announce its end.
        warnings.simplefilter("ignore")
        import pkg_resources
    try:
        return pkg_resources.get_distribution(package).version
    except pkg_resources.DistributionNotFound:
        return None


def state_of(hole, version):
    """What becomes of a hole in an installation with this version of its package."""
    if version is None:
        return "not installed"
    if hole.package == "Django" and not (1, 8) <= numbers(version)[:2] < (1, 11):
        return "not examined"
    return hole.state if is_affected(hole, version) else ABSENT


def table(holes):
    """The rows of `docs/security.md`."""
    lines = ["| number | package | what it does | here |", "|---|---|---|---|"]
    for hole in holes:
        here = hole.state + (": " + hole.why if hole.why else "")
        lines.append("| %s | %s | %s | %s |" % (
            ", ".join(hole.cves.split()), " ".join([hole.package, hole.affected.replace(",", ", ")]).strip(), hole.what, here))
    return "\n".join(lines) + "\n"
