"""PostObject, as a web page sends it: signed in both ways, tampered with, and open to all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from plain_http import Answer, send

BOUNDARY = "9431149156168"


class Form:
    """A form for one bucket; fields may be changed after it was signed."""

    def __init__(self, cloud, bucket) -> None:
        self.cloud, self.bucket = cloud, bucket
        self.fields: dict[str, str] = {"key": "user/${filename}"}
        self.conditions: list[object] = [{"bucket": bucket.bucket_name}, ["starts-with", "$key", "user/"]]
        self.expires = datetime.now(UTC) + timedelta(minutes=5)
        self.filename = "a.txt"
        self.content = b"hello"
        self.file_head = "Content-Type: text/plain\r\n"
        self.after = ""

    def policy(self) -> str:
        document = {
            "expiration": self.expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "conditions": self.conditions,
        }
        return base64.b64encode(json.dumps(document).encode()).decode()

    def sign_legacy(self) -> Form:
        key, secret = self.cloud.keys
        policy = self.policy()
        signature = hmac.new(secret.encode(), policy.encode(), hashlib.sha1).digest()
        self.fields |= {
            "OSSAccessKeyId": key,
            "policy": policy,
            "Signature": base64.b64encode(signature).decode(),
        }
        return self

    def sign_v4(self, region: str = "cn-hangzhou") -> Form:
        key, secret = self.cloud.keys
        now = datetime.now(UTC)
        day, moment = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
        stated = {
            "x-oss-signature-version": "OSS4-HMAC-SHA256",
            "x-oss-credential": f"{key}/{day}/{region}/oss/aliyun_v4_request",
            "x-oss-date": moment,
        }
        self.conditions += [{name: value} for name, value in stated.items()]
        policy = self.policy()
        signing = f"aliyun_v4{secret}".encode()
        for step in (day, region, "oss", "aliyun_v4_request"):
            signing = hmac.new(signing, step.encode(), hashlib.sha256).digest()
        signature = hmac.new(signing, policy.encode(), hashlib.sha256).hexdigest()
        self.fields |= {**stated, "policy": policy, "x-oss-signature": signature}
        return self

    def body(self) -> bytes:
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in self.fields.items()
        ]
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{self.filename}"\r\n'
            f"{self.file_head}\r\n"
        )
        tail = f"\r\n{self.after}--{BOUNDARY}--\r\n"
        return "".join(parts).encode() + self.content + tail.encode()

    def post(self, **headers: str) -> Answer:
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return send(self.cloud, "POST", f"/{self.bucket.bucket_name}", self.body(), kind | headers)


@pytest.fixture
def form(cloud, bucket):
    return Form(cloud, bucket)


@pytest.fixture(params=["legacy", "v4"])
def sign(request):
    return Form.sign_legacy if request.param == "legacy" else Form.sign_v4


def test_a_signed_form_stores_its_file(form, sign):
    form.fields |= {"x-oss-meta-who": "李", "Cache-Control": "no-cache", "x-oss-object-acl": "public-read"}
    form.after = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="submit"\r\n\r\nUpload\r\n'
    answer = sign(form).post()
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["ETag"] == '"5D41402ABC4B2A76B9719D911017C592"'
    assert (
        answer.headers["x-oss-hash-crc64ecma"]
        == form.bucket.head_object("user/a.txt").headers["x-oss-hash-crc64ecma"]
    )
    found = form.bucket.get_object("user/a.txt")
    assert found.read() == b"hello"
    assert found.content_type == "text/plain"
    assert found.headers["x-oss-meta-who"].encode("latin-1").decode() == "李"
    assert found.headers["Cache-Control"] == "no-cache"
    assert form.bucket.get_object_acl("user/a.txt").acl == "public-read"


def test_a_large_file_streams_through(form):
    form.content = bytes(range(256)) * 20_000
    assert form.sign_legacy().post().status == 204
    assert form.bucket.get_object("user/a.txt").read() == form.content


TAMPERED = [
    ("key", "other/a.txt"),
    ("policy", "eyJleHBpcmF0aW9uIjoiMjEyNi0wMS0wMVQwMDowMDowMFoiLCJjb25kaXRpb25zIjpbXX0="),
    ("x-oss-object-acl", "public-read-write"),
    ("success_action_status", "201"),
    ("x-oss-meta-who", "mallory"),
    ("Content-Type", "text/html"),
]


@pytest.mark.parametrize(("name", "value"), TAMPERED)
def test_every_field_that_the_policy_fixes_holds(form, sign, name, value):
    fixed = {
        "x-oss-object-acl": "private",
        "success_action_status": "200",
        "x-oss-meta-who": "li",
        "Content-Type": "text/plain",
    }
    form.fields |= fixed
    form.conditions += [["eq", f"${each}", text] for each, text in fixed.items()]
    sign(form)
    form.fields[name] = value
    answer = form.post()
    assert answer.status == 403
    assert answer.code in ("AccessDenied", "SignatureDoesNotMatch")
    assert not list(form.bucket.list_objects().object_list)
    form.fields = {"key": "user/${filename}", **fixed}
    assert sign(form).post().status == 200


@pytest.mark.parametrize("name", ["OSSAccessKeyId", "Signature", "policy"])
def test_a_legacy_signature_holds_or_not(form, name):
    form.sign_legacy()
    kept = form.fields[name]
    form.fields[name] = kept[:-3] + ("AA=" if kept[-3:] != "AA=" else "BB=")
    assert form.post().status in (400, 403)
    del form.fields[name]
    assert form.post().status == 400
    assert not list(form.bucket.list_objects().object_list)


@pytest.mark.parametrize(
    "name", ["x-oss-signature", "x-oss-credential", "x-oss-date", "x-oss-signature-version", "policy"]
)
def test_a_v4_signature_holds_or_not(form, name):
    form.sign_v4()
    kept = form.fields[name]
    form.fields[name] = kept[:5] + ("0" if kept[5] != "0" else "1") + kept[6:]
    assert form.post().status in (400, 403)
    del form.fields[name]
    assert form.post().status == 400
    assert not list(form.bucket.list_objects().object_list)


def test_another_buckets_policy_is_refused(cloud, form, sign):
    sign(form)
    other = cloud.oss2_bucket(f"{form.bucket.bucket_name}-other")
    other.create_bucket()
    form.bucket = other
    answer = form.post()
    assert (answer.status, answer.code) == (403, "AccessDenied")


def test_a_policy_expires(form, sign):
    form.expires = datetime.now(UTC) - timedelta(seconds=1)
    answer = sign(form).post()
    assert (answer.status, answer.code) == (403, "AccessDenied")


def test_a_v4_form_for_another_region_is_refused(form):
    answer = form.sign_v4("cn-beijing").post()
    assert (answer.status, answer.code) == (400, "InvalidArgument")


@pytest.mark.parametrize(
    ("size", "code"), [(9, "EntityTooSmall"), (10, ""), (300_000, ""), (300_001, "EntityTooLarge")]
)
def test_the_length_is_held_on_the_stream(form, size, code):
    form.conditions.append(["content-length-range", 10, 300_000])
    form.content = bytes(size)
    answer = form.sign_legacy().post()
    assert answer.code == code
    assert form.bucket.object_exists("user/a.txt") == (not code)


def test_nobody_posts_to_a_private_bucket(form):
    answer = form.post()
    assert (answer.status, answer.code) == (403, "AccessDenied")
    form.bucket.put_bucket_acl("public-read")
    assert form.post().code == "AccessDenied"
    form.bucket.put_bucket_acl("public-read-write")
    assert form.post().status == 204
    assert form.bucket.object_exists("user/a.txt")


def test_the_answer_asked_for(form):
    form.fields["success_action_status"] = "200"
    assert form.sign_legacy().post().status == 200
    form.fields["success_action_status"] = "201"
    answer = form.post()
    assert answer.status == 201
    assert b"<PostResponse>" in answer.body
    assert b"<Key>user/a.txt</Key>" in answer.body
    assert (
        f"<Location>{form.cloud.endpoint}/{form.bucket.bucket_name}/user/a.txt</Location>".encode()
        in answer.body
    )
    form.fields["success_action_status"] = "302"
    assert form.post().status == 204


def test_the_browser_is_sent_on(form):
    form.fields["success_action_redirect"] = "https://example.com/done?a=1"
    answer = form.sign_legacy().post()
    assert answer.status == 303
    target = urlsplit(answer.headers["Location"])
    assert (target.netloc, target.path) == ("example.com", "/done")
    assert parse_qs(target.query) == {
        "a": ["1"],
        "bucket": [form.bucket.bucket_name],
        "key": ["user/a.txt"],
        "etag": ['"5D41402ABC4B2A76B9719D911017C592"'],
    }


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//example.com", "http://a b", "http://[", "done"])
def test_the_browser_is_sent_nowhere_odd(form, url):
    form.fields["success_action_redirect"] = url
    answer = form.sign_legacy().post()
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    assert not form.bucket.object_exists("user/a.txt")


def test_the_type_of_the_object(form):
    form.conditions = [["starts-with", "$key", ""]]
    form.fields |= {"x-oss-content-type": "image/png", "Content-Type": "text/html"}
    assert form.sign_legacy().post().status == 204
    assert form.bucket.head_object("user/a.txt").content_type == "image/png"
    del form.fields["x-oss-content-type"]
    form.post()
    assert form.bucket.head_object("user/a.txt").content_type == "text/plain"
    form.file_head = ""
    form.post()
    assert form.bucket.head_object("user/a.txt").content_type == "text/html"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": ""}, "InvalidArgument"),
        ({"key": "/a"}, "InvalidObjectName"),
        ({"key": "k" * 1024}, "InvalidObjectName"),
        ({"x-oss-object-acl": "everybody"}, "InvalidArgument"),
        ({"x-oss-meta-a": "1\r\nSet-Cookie: b"}, "InvalidArgument"),
        ({"x-oss-callback": "e30="}, "NotImplemented"),
        ({"KEY": "user/b"}, "InvalidArgument"),
        ({"x-oss-meta-a": "1" * 70_000}, "FieldItemTooLong"),
    ],
)
def test_bad_fields_are_refused(form, change, code):
    form.conditions = [["starts-with", "$key", ""]]
    form.fields |= change
    assert form.sign_legacy().post().code == code
    assert not list(form.bucket.list_objects().object_list)


def test_forbid_overwrite(form):
    form.fields["x-oss-forbid-overwrite"] = "true"
    form.sign_legacy()
    assert form.post().status == 204
    assert form.post().code == "FileAlreadyExists"


def test_what_is_no_form(cloud, form):
    path = f"/{form.bucket.bucket_name}"
    answer = send(cloud, "POST", path, b"x", {"Content-Type": "text/plain"})
    assert (answer.status, answer.code) == (400, "RequestIsNotMultiPartContent")
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    cut = form.sign_legacy().body()[:-20]
    assert send(cloud, "POST", path, cut, kind).code == "MalformedPOSTRequest"
    assert not form.bucket.object_exists("user/a.txt")


def test_a_signature_in_the_url_does_not_count(cloud, form):
    key, secret = cloud.keys
    expires = str(int(time.time()) + 60)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    text = f"POST\n\n{kind}\n{expires}\n/{form.bucket.bucket_name}/"
    signature = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    from urllib.parse import urlencode

    query = urlencode({"OSSAccessKeyId": key, "Expires": expires, "Signature": signature})
    answer = send(cloud, "POST", f"/{form.bucket.bucket_name}?{query}", form.body(), {"Content-Type": kind})
    assert (answer.status, answer.code) == (403, "AccessDenied")
