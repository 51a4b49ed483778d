"""Static website hosting: what visitors get."""

from __future__ import annotations

from typing import Any

import oss2
import pytest
from oss2.models import BucketWebsite
from plain_http import Answer, send

INDEX = "<IndexDocument><Suffix>index.html</Suffix>{}</IndexDocument>"
SUB = INDEX.format("<SupportSubDir>true</SupportSubDir><Type>{}</Type>")
ERROR = "<ErrorDocument><Key>error.html</Key>{}</ErrorDocument>"


def host(bucket: oss2.Bucket, *parts: str, rules: str = "") -> None:
    routing = f"<RoutingRules>{rules}</RoutingRules>" if rules else ""
    bucket.put_bucket_website(f"<WebsiteConfiguration>{''.join(parts)}{routing}</WebsiteConfiguration>")


def rule(number: int, condition: str, redirect: str) -> str:
    return (
        f"<RoutingRule><RuleNumber>{number}</RuleNumber><Condition>{condition}</Condition>"
        f"<Redirect>{redirect}</Redirect></RoutingRule>"
    )


@pytest.fixture
def site(bucket: oss2.Bucket) -> oss2.Bucket:
    """A readable bucket with pages in it."""
    bucket.put_bucket_acl("public-read")
    for key in ("index.html", "error.html", "docs/index.html", "page", "new/page"):
        bucket.put_object(key, f"this is {key}".encode())
    return bucket


class Visitor:
    """Visits a site by the bucket's path, or by its own host name."""

    def __init__(self, cloud, bucket: oss2.Bucket, by_host: bool) -> None:
        self.cloud, self.name, self.by_host = cloud, bucket.bucket_name, by_host
        self.base = "" if by_host else f"/{self.name}"
        self.host = f"{self.name}.127.0.0.1" if by_host else "127.0.0.1"
        self.authority = f"{self.host}:{cloud.state['port']}"

    def __call__(self, key: str, method: str = "GET", **headers: str) -> Answer:
        return send(self.cloud, method, f"{self.base}/{key}", headers={"Host": self.authority, **headers})

    def text(self, key: str) -> tuple[int, str]:
        answer = self(key)
        return answer.status, answer.body.decode()


@pytest.fixture(params=[False, True], ids=["path", "host"])
def visit(request: pytest.FixtureRequest, cloud, site: oss2.Bucket) -> Visitor:
    return Visitor(cloud, site, request.param)


def test_the_root_shows_the_index_page(site: oss2.Bucket, visit: Visitor) -> None:
    assert visit("").body.startswith(b"<?xml")
    host(site, INDEX.format(""))
    assert visit.text("") == (200, "this is index.html")
    assert visit.text("docs/") == (200, "this is index.html")
    assert visit.text("page") == (200, "this is page")
    head = visit("", "HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "18", b"")
    assert visit("", Range="bytes=0-3").status == 206
    assert b"<ListBucketResult>" in visit("?prefix=page").body


def test_the_owner_still_lists_and_reads(site: oss2.Bucket, refused) -> None:
    host(site, INDEX.format(""), ERROR.format(""))
    site.put_object("folder/", b"")
    assert "page" in [each.key for each in oss2.ObjectIterator(site)]
    assert site.get_object("folder/").read() == b""
    assert site.get_object("nothing/").read() == b"this is index.html"
    refused("NoSuchKey", site.get_object, "nothing")


def test_folders_have_pages(site: oss2.Bucket, visit: Visitor) -> None:
    host(site, SUB.format(0), ERROR.format(""))
    assert visit.text("docs/") == (200, "this is docs/index.html")
    answer = visit("docs")
    assert (answer.status, answer.headers["Location"]) == (302, f"{visit.base}/docs/")
    assert visit.text("nothing") == (404, "this is error.html")
    host(site, SUB.format(2))
    assert visit.text("docs") == (200, "this is docs/index.html")
    host(site, SUB.format(1))
    assert visit("docs").code == "NoSuchKey"


def test_what_is_missing_shows_the_error_page(site: oss2.Bucket, visit: Visitor) -> None:
    host(site, ERROR.format(""))
    assert visit.text("nothing") == (404, "this is error.html")
    assert visit("nothing", Range="bytes=0-1").body == b"this is error.html"
    head = visit("nothing", "HEAD")
    assert (head.status, head.headers["Content-Length"]) == (404, "18")
    host(site, ERROR.format("<HttpStatus>200</HttpStatus>"))
    assert visit.text("nothing") == (200, "this is error.html")
    site.delete_object("error.html")
    assert visit("nothing").code == "NoSuchKey"


def test_a_website_opens_nothing_that_is_closed(site: oss2.Bucket, visit: Visitor) -> None:
    host(site, SUB.format(2), ERROR.format(""))
    for key in ("index.html", "error.html", "docs/index.html"):
        site.put_object_acl(key, "private")
    assert visit("").code == "AccessDenied"
    assert visit("nothing").code == "NoSuchKey"
    assert visit("docs").code == "NoSuchKey"
    site.put_bucket_acl("private")
    assert visit("nothing").code == "AccessDenied"


ON_404 = "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
EXTERNAL = "<RedirectType>External</RedirectType><HostName>elsewhere.com</HostName>"


@pytest.mark.parametrize(
    ("condition", "redirect", "asked", "status", "location"),
    [
        (ON_404, EXTERNAL, "a b", 302, "http://elsewhere.com/a%20b"),
        (ON_404, EXTERNAL + "<HttpRedirectCode>301</HttpRedirectCode>", "x", 301, "http://elsewhere.com/x"),
        (ON_404, EXTERNAL + "<Protocol>https</Protocol>", "x?a=1", 302, "https://elsewhere.com/x"),
        (
            ON_404,
            EXTERNAL + "<PassQueryString>true</PassQueryString>",
            "x?a=1",
            302,
            "http://elsewhere.com/x?a=1",
        ),
        (
            "<KeyPrefixEquals>old/</KeyPrefixEquals>",
            EXTERNAL + "<ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith>",
            "old/x",
            302,
            "http://elsewhere.com/new/x",
        ),
        (
            "<KeySuffixEquals>.jpg</KeySuffixEquals>",
            EXTERNAL + "<ReplaceKeyWith>img/${key}.png</ReplaceKeyWith>",
            "x.jpg",
            302,
            "http://elsewhere.com/img/x.jpg.png",
        ),
        (ON_404, EXTERNAL.replace("External", "AliCDN"), "x", 302, "http://elsewhere.com/x"),
    ],
)
def test_redirects(
    site: oss2.Bucket, visit: Visitor, condition: str, redirect: str, asked: str, status: int, location: str
) -> None:
    host(site, ERROR.format(""), rules=rule(1, condition, redirect))
    answer = visit(asked.replace(" ", "%20"))
    assert (answer.status, answer.headers["Location"]) == (status, location)
    assert visit.text("page") == (200, "this is page")


def test_a_redirect_to_another_key_here(site: oss2.Bucket, visit: Visitor) -> None:
    same = "<RedirectType>External</RedirectType><ReplaceKeyWith>page</ReplaceKeyWith>"
    host(site, rules=rule(1, ON_404, same))
    assert visit("nothing").headers["Location"] == f"http://{visit.authority}{visit.base}/page"
    inside = "<RedirectType>Internal</RedirectType><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith>"
    host(site, rules=rule(1, "<KeyPrefixEquals>old/</KeyPrefixEquals>", inside))
    assert visit.text("old/page") == (200, "this is new/page")
    assert visit("old/none").code == "NoSuchKey"


def test_rules_go_by_number_and_by_headers(site: oss2.Bucket, visit: Visitor) -> None:
    header = "<IncludeHeader><Key>X-Kind</Key>{}</IncludeHeader>"
    wanted = header.format("<StartsWith>mobile</StartsWith>") + ON_404
    host(
        site,
        rules=rule(2, ON_404, EXTERNAL) + rule(1, wanted, EXTERNAL.replace("elsewhere", "mobile")),
    )
    assert visit("x").headers["Location"] == "http://elsewhere.com/x"
    assert visit("x", **{"X-Kind": "mobile-4"}).headers["Location"] == "http://mobile.com/x"


def test_what_would_be_fetched_from_an_origin_is_refused_by_name(site: oss2.Bucket, visit: Visitor) -> None:
    mirror = "<RedirectType>Mirror</RedirectType><MirrorURL>http://origin.com/</MirrorURL>"
    host(site, rules=rule(1, ON_404, mirror))
    answer = visit("nothing")
    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert b"Mirror" in answer.body
    assert visit.text("page") == (200, "this is page")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "MalformedXML"),
        (INDEX.format("<Type>3</Type>"), "InvalidArgument"),
        ("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument"),
        (ERROR.format("<HttpStatus>500</HttpStatus>"), "InvalidArgument"),
        ("<RoutingRules>" + rule(1, ON_404, EXTERNAL) * 2 + "</RoutingRules>", "InvalidArgument"),
        ("<RoutingRules>" + rule(0, ON_404, EXTERNAL) + "</RoutingRules>", "InvalidArgument"),
        (
            "<RoutingRules>" + rule(1, ON_404, EXTERNAL.replace("elsewhere", "a b")) + "</RoutingRules>",
            "InvalidArgument",
        ),
        (
            "<RoutingRules>" + rule(1, "", "<RedirectType>Other</RedirectType>") + "</RoutingRules>",
            "MalformedXML",
        ),
        (
            "<RoutingRules>" + rule(1, ON_404, "<RedirectType>Mirror</RedirectType>") + "</RoutingRules>",
            "InvalidArgument",
        ),
    ],
)
def test_what_is_no_website_is_refused(bucket: oss2.Bucket, refused, document: str, code: str) -> None:
    refused(code, host, bucket, document)
    refused("NoSuchWebsiteConfiguration", bucket.get_bucket_website)


def test_a_website_comes_back_and_goes(either_bucket: oss2.Bucket, refused) -> None:
    either_bucket.put_bucket_website(BucketWebsite("index.html", "error.html"))
    found: Any = either_bucket.get_bucket_website()
    assert (found.index_file, found.error_file) == ("index.html", "error.html")
    assert either_bucket.delete_bucket_website().status == 204
    assert either_bucket.delete_bucket_website().status == 204
    refused("NoSuchWebsiteConfiguration", either_bucket.get_bucket_website)
