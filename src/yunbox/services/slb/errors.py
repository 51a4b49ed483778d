"""The refusals of Slb. Codes: SLB API 2014-05-15, and what the Terraform provider and other clients expect."""

from __future__ import annotations

from yunbox.errors import CloudError


def load_balancer_not_found(id_: str) -> CloudError:
    """Return the refusal of a load balancer that does not exist."""
    return CloudError(
        "InvalidLoadBalancerId.NotFound", 404, f"The specified LoadBalancerId {_shown(id_)} does not exist."
    )


def listener_not_found() -> CloudError:
    """Return the refusal of a listener that does not exist; clients go by the sentence."""
    return CloudError("InvalidParameter", 404, "The specified resource does not exist.")


def listener_exists(port: int) -> CloudError:
    """Return the refusal of a second listener at a port."""
    return CloudError(
        "ListenerAlreadyExists",
        400,
        f"There is already a listener bound to the port {port} of the load balancer.",
    )


def group_not_found(parameter: str, what: str) -> CloudError:
    """Return the refusal of a group of servers, such as VServerGroupId; clients go by the sentence."""
    return CloudError(f"Invalid{parameter}.NotFound", 404, f"The specified {what} does not exist.")


def in_use(code: str, what: str, by: str) -> CloudError:
    """Return the refusal to delete what something else uses."""
    return CloudError(code, 400, f"{what} cannot be deleted: {by} uses it.")


def backend_server_not_found(server: str) -> CloudError:
    """Return the refusal of a server that does not exist, or of one that is not in the group."""
    return CloudError(
        "InvalidBackendServers.NotFound",
        404,
        f"The specified backend server {_shown(server)} does not exist.",
    )


def invalid_backend_servers(why: str) -> CloudError:
    """Return the refusal of a list of servers that is not what is expected; `why` is a sentence."""
    return CloudError(
        "InvalidBackendServers.MalFormed", 400, f"The specified BackendServers is not valid. {why}"
    )


def backend_server_state(server: str, status: str) -> CloudError:
    """Return the refusal of an instance that is neither running nor about to."""
    return CloudError(
        "IncorrectInstanceStatus",
        400,
        f"The backend server {server} cannot be added: it is {status}, Running is needed.",
    )


def other_vpc(server: str) -> CloudError:
    """Return the refusal of a server outside the balancer's VPC."""
    return CloudError(
        "InvalidBackendServers.VpcMismatch",
        400,
        f"The backend server {server} is not in the load balancer's VPC.",
    )


def deletion_protected(id_: str) -> CloudError:
    """Return the refusal to delete what is protected."""
    return CloudError(
        "OperationDenied.DeleteProtectionIsOn",
        400,
        f"{id_} cannot be deleted because of its deletion protection.",
    )


def quota_exceeded(what: str, most: int) -> CloudError:
    """Return the refusal of one more of something than there may be."""
    return CloudError(f"QuotaLimitExceeds.{what}", 400, f"At most {most} are allowed.")


def not_found(code: str, what: str, id_: str) -> CloudError:
    """Return the refusal of anything else that does not exist."""
    return CloudError(code, 404, f"The specified {what} {_shown(id_)} does not exist.")


def _shown(text: str) -> str:
    return ascii(text[:64])[1:-1]
