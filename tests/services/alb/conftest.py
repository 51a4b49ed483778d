"""The vendor's clients for Alb and for certificates."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from alb_clients import Albs
from alibabacloud_cas20200407.client import Client as CasClient
from alibabacloud_cas20200407.models import UploadUserCertificateRequest
from running import RunningCloud
from services.sdk import configured, refusal
from services.self_signed import self_signed

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def albs(cloud: RunningCloud) -> Albs:
    """The ALB SDK in few words, as root of the shared cloud."""
    return Albs(configured(cloud))


@pytest.fixture(scope="session")
def cas(cloud: RunningCloud) -> CasClient:
    """The SDK of the certificate service."""
    return CasClient(configured(cloud))


@pytest.fixture(scope="session")
def upload(cas: CasClient) -> Callable[..., str]:
    """Upload a new certificate for some names; return how load balancers name it."""

    def call(*names: str) -> str:
        certificate, key = self_signed(*names)
        asked = UploadUserCertificateRequest(name=f"cert-{next(_numbers)}", cert=certificate, key=key)
        return f"{cas.upload_user_certificate(asked).body.cert_id}-cn-hangzhou"

    return call


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that the cloud must refuse, and return the code."""
    return refusal
