"""Archived objects: the clients' view, and the whole of time in a table."""

from __future__ import annotations

from email.utils import formatdate

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.control.clock import ManualClock
from yunbox.errors import CloudError
from yunbox.services.oss.archive import (
    DAY,
    MOST_DAYS,
    RESTORE_SECONDS,
    require_readable,
    restore_header,
    restore_state,
)
from yunbox.services.oss.model import ObjectAttributes
from yunbox.services.oss.restore import JobParameters, RestoreRequest, restored

START = 1_700_000_000.0
HOUR = 3600


def request(days: int = 1, tier: str | None = None) -> RestoreRequest:
    return RestoreRequest(days=days, job_parameters=None if tier is None else JobParameters(tier=tier))


@pytest.mark.parametrize(
    ("storage_class", "tier", "seconds"),
    [
        ("Archive", None, 60),
        ("ColdArchive", "Expedited", HOUR),
        ("ColdArchive", "Standard", 5 * HOUR),
        ("ColdArchive", None, 5 * HOUR),
        ("ColdArchive", "Bulk", 12 * HOUR),
        ("DeepColdArchive", "Expedited", 12 * HOUR),
        ("DeepColdArchive", "Standard", 48 * HOUR),
    ],
)
def test_it_takes_as_long_as_the_documentation_says(storage_class, tier, seconds):
    clock = ManualClock(START)
    asleep = ObjectAttributes(storage_class=storage_class)
    assert restore_header(asleep, clock.now()) == ""
    waking, status = restored(asleep, request(2, tier), clock.now())
    assert status == 202
    clock.advance(seconds - 1)
    assert restore_header(waking, clock.now()) == 'ongoing-request="true"'
    with pytest.raises(CloudError, match="InvalidObjectState"):
        require_readable(waking, clock.now())
    clock.advance(1)
    until = formatdate(START + seconds + 2 * DAY, usegmt=True)
    assert restore_header(waking, clock.now()) == f'ongoing-request="false", expiry-date="{until}"'
    require_readable(waking, clock.now())
    clock.advance(2 * DAY)
    assert restore_state(waking, clock.now()) == "frozen"
    with pytest.raises(CloudError, match="InvalidObjectState"):
        require_readable(waking, clock.now())
    assert restored(waking, request(1, tier), clock.now())[1] == 202


def test_a_readable_object_stays_so_for_longer():
    clock = ManualClock(START)
    held, _ = restored(ObjectAttributes(storage_class="Archive"), request(2), clock.now())
    clock.advance(60)
    shorter, status = restored(held, request(1), clock.now())
    assert (status, shorter.restored_until) == (200, held.restored_until)
    longer, status = restored(held, request(7), clock.now())
    assert (status, longer.restored_until) == (200, clock.now() + 7 * DAY)


def test_only_a_higher_priority_is_taken_while_it_runs():
    held, _ = restored(ObjectAttributes(storage_class="ColdArchive"), request(1, "Standard"), START)
    for tier, ec in (("Standard", ""), ("Bulk", "0016-00000715")):
        with pytest.raises(CloudError) as caught:
            restored(held, request(1, tier), START + 10)
        assert (caught.value.code, caught.value.status) == ("RestoreAlreadyInProgress", 409)
        assert caught.value.ec == ec
    sooner, status = restored(held, request(1, "Expedited"), START + 10)
    assert (status, sooner.restore_ready) == (202, START + 10 + HOUR)
    late, _ = restored(held, request(1, "Expedited"), START + 4.5 * HOUR)
    assert late.restore_ready == held.restore_ready


@pytest.mark.parametrize(
    ("storage_class", "wanted", "code"),
    [
        ("Standard", request(), "OperationNotSupported"),
        ("IA", request(), "OperationNotSupported"),
        ("Archive", request(0), "InvalidArgument"),
        ("Archive", request(8), "InvalidArgument"),
        ("Archive", request(1, "Bulk"), "MalformedXML"),
        ("ColdArchive", request(366), "InvalidArgument"),
        ("ColdArchive", request(1, "Fast"), "InvalidArgument"),
        ("DeepColdArchive", request(1, "Bulk"), "InvalidArgument"),
    ],
)
def test_refusals(storage_class, wanted, code):
    with pytest.raises(CloudError, match=code):
        restored(ObjectAttributes(storage_class=storage_class), wanted, START)


@given(
    st.sampled_from(sorted(RESTORE_SECONDS)), st.lists(st.tuples(st.integers(1, 400), st.integers(0, 10**6)))
)
def test_a_restoration_only_ever_lengthens(storage_class, steps):
    held, now = ObjectAttributes(storage_class=storage_class), START
    for days, wait in steps:
        now += wait
        before, state = held.restored_until, restore_state(held, now)
        try:
            held, status = restored(held, request(min(days, MOST_DAYS[storage_class])), now)
        except CloudError as error:
            assert (error.status, state) == (409, "restoring")
            continue
        assert status == (200 if state == "restored" else 202)
        assert held.restored_until >= before or state != "restored"
        assert held.restored_until > held.restore_ready


def test_an_archived_object_through_the_client(either_bucket, refused):
    either_bucket.put_object("key", b"x", headers={"x-oss-storage-class": "Archive"})
    assert "x-oss-restore" not in either_bucket.head_object("key").headers
    error = refused("InvalidObjectState", either_bucket.get_object, "key")
    assert error.status == 403
    assert either_bucket.restore_object("key").status == 202
    assert either_bucket.head_object("key").headers["x-oss-restore"] == 'ongoing-request="true"'
    assert refused("RestoreAlreadyInProgress", either_bucket.restore_object, "key").status == 409
    refused("InvalidObjectState", either_bucket.get_object, "key")
    either_bucket.put_symlink("key", "link")
    refused("InvalidObjectState", either_bucket.get_object, "link")
    assert either_bucket.get_object_meta("key").content_length == 1
    assert either_bucket.delete_object("key").status == 204


def test_the_class_of_the_bucket_counts(cloud, bucket_name, refused):
    bucket = cloud.oss2_bucket(bucket_name)
    bucket.create_bucket(input=oss2.models.BucketCreateConfig("ColdArchive"))
    bucket.put_object("key", b"x")
    refused("InvalidObjectState", bucket.get_object, "key")
    config = oss2.models.RestoreConfiguration(3, oss2.models.RestoreJobParameters("Expedited"))
    answer = bucket.restore_object("key", input=config)
    assert (answer.status, answer.headers["x-oss-object-restore-priority"]) == (202, "Expedited")
    bucket.put_object("plain", b"x", headers={"x-oss-storage-class": "Standard"})
    assert bucket.get_object("plain").read() == b"x"
    refused("OperationNotSupported", bucket.restore_object, "plain")
