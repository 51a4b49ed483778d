"""The policies that the vendor provides, which people attach by name and cannot change.

Documents: RAM documentation, "System policies" (AdministratorAccess, PowerUserAccess ...), and ECS documentation,
"System policies for ECS". The vendor's grow from month to month with permissions that only its consoles need;
these hold the services' own actions, and what a service must read of others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

SINCE = 1_430_438_400.0
"""When they were made, in seconds since the epoch: the date of the API's version, 2015-05-01."""

_NETWORKS = ("vpc:DescribeVpcs", "vpc:DescribeVSwitches")
_BACKENDS = ("ecs:DescribeInstances", "ecs:DescribeSecurityGroups", "ecs:DescribeNetworkInterfaces")

# Policy name, service in words, code in RAM, its verbs that read, what else both need, service-linked role.
_SERVICES: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("ActionTrail", "ActionTrail", "actiontrail", ("Describe*", "Get*", "List*", "Lookup*"), (), ""),
    ("ALB", "Application Load Balancer", "alb", ("Describe*", "Get*", "List*"), _NETWORKS + _BACKENDS, "alb"),
    ("ApiGateway", "API Gateway", "apigateway", ("Describe*", "Get*", "List*"), (), ""),
    (
        "ARMS",
        "Application Real-Time Monitoring Service",
        "arms",
        ("Describe*", "Get*", "List*", "Query*", "Search*"),
        (),
        "",
    ),
    ("BSS", "Billing Management", "bss", ("Describe*", "Get*", "Query*"), (), ""),
    ("CDN", "CDN", "cdn", ("Describe*", "List*"), (), ""),
    ("CEN", "Cloud Enterprise Network", "cen", ("Describe*", "Get*", "List*"), (), ""),
    ("CloudMonitor", "CloudMonitor", "cms", ("Describe*", "Get*", "List*", "Query*", "BatchQuery*"), (), ""),
    ("Config", "Cloud Config", "config", ("Describe*", "Get*", "List*"), (), ""),
    ("ContainerRegistry", "Container Registry", "cr", ("Get*", "List*", "PullRepository"), (), ""),
    ("CS", "Container Service", "cs", ("Describe*", "Get*", "List*"), (), ""),
    ("DataHub", "DataHub", "dhs", ("Get*", "List*"), (), ""),
    ("DirectMail", "Direct Mail", "dm", ("Desc*", "Get*", "List*", "Query*"), (), ""),
    ("DNS", "Alibaba Cloud DNS", "alidns", ("Describe*", "List*"), (), ""),
    ("DTS", "Data Transmission Service", "dts", ("Describe*", "List*"), (), ""),
    ("Dysms", "Short Message Service", "dysms", ("Get*", "Query*"), (), ""),
    ("ECI", "Elastic Container Instance", "eci", ("Describe*", "List*"), _NETWORKS, "eci"),
    ("ECS", "Elastic Compute Service", "ecs", ("Describe*", "List*"), _NETWORKS, "ecs"),
    ("Elasticsearch", "Elasticsearch", "elasticsearch", ("Describe*", "Get*", "List*"), (), ""),
    ("EMR", "E-MapReduce", "emr", ("Describe*", "Get*", "List*"), (), ""),
    ("ESS", "Auto Scaling", "ess", ("Describe*", "List*", "Get*"), (), "ess"),
    ("EventBridge", "EventBridge", "eventbridge", ("Get*", "List*", "Query*"), (), ""),
    ("FC", "Function Compute", "fc", ("Get*", "List*"), (), "fc"),
    ("GlobalAcceleration", "Global Accelerator", "ga", ("Describe*", "Get*", "List*"), (), ""),
    ("KMS", "Key Management Service", "kms", ("Describe*", "List*"), (), ""),
    ("Kvstore", "Tair (Redis OSS-compatible)", "kvstore", ("Describe*", "List*"), (), ""),
    ("Live", "ApsaraVideo Live", "live", ("Describe*", "List*", "Query*"), (), ""),
    ("Log", "Simple Log Service", "log", ("Get*", "List*", "Query*"), (), ""),
    ("MNS", "Simple Message Queue", "mns", ("Get*", "List*", "PeekMessage", "BatchPeekMessage"), (), ""),
    ("MongoDB", "ApsaraDB for MongoDB", "dds", ("Describe*", "List*"), (), ""),
    ("MQ", "Message Queue", "mq", ("Get*", "List*", "Query*"), (), ""),
    ("NAS", "File Storage NAS", "nas", ("Describe*", "List*", "Get*"), (), ""),
    ("NLB", "Network Load Balancer", "nlb", ("Describe*", "Get*", "List*"), _NETWORKS + _BACKENDS, "nlb"),
    ("OOS", "CloudOps Orchestration Service", "oos", ("Get*", "List*", "Search*"), (), ""),
    ("OSS", "Object Storage Service", "oss", ("Get*", "List*"), (), ""),
    ("OTS", "Tablestore", "ots", ("BatchGet*", "Describe*", "Get*", "List*", "Search"), (), ""),
    ("Polardb", "PolarDB", "polardb", ("Describe*", "List*"), (), ""),
    ("Pvtz", "PrivateZone", "pvtz", ("Describe*", "List*"), (), ""),
    ("RAM", "Resource Access Management", "ram", ("Get*", "List*"), (), ""),
    ("RDS", "ApsaraDB RDS", "rds", ("Describe*", "List*"), (), ""),
    ("ROS", "Resource Orchestration Service", "ros", ("Describe*", "Get*", "List*"), (), ""),
    ("SAE", "Serverless App Engine", "sae", ("Describe*", "List*", "Query*"), (), ""),
    ("SLB", "Server Load Balancer", "slb", ("Describe*", "List*"), _NETWORKS + _BACKENDS, ""),
    ("SmartAccessGateway", "Smart Access Gateway", "smartag", ("Describe*", "List*"), (), ""),
    ("VOD", "ApsaraVideo VOD", "vod", ("Describe*", "Get*", "List*", "Search*"), (), ""),
    ("VPC", "Virtual Private Cloud", "vpc", ("Describe*", "Get*", "List*"), (), ""),
    ("YundunCert", "Certificate Management Service", "yundun-cert", ("Describe*", "Get*", "List*"), (), ""),
    ("YundunWAF", "Web Application Firewall", "yundun-waf", ("Describe*", "Get*", "List*"), (), ""),
)

_EIP = tuple(
    f"vpc:{verb}" for verb in ("*EipAddress", "*EipAddresses", "*EipAddressAttribute", "*EipAddressBandwidth")
)
_KMS_READS = ("kms:Describe*", "kms:List*")
_CRYPTO = (
    *_KMS_READS,
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncrypt",
    "kms:GenerateDataKey*",
    "kms:Asymmetric*",
)
_NAT = ("vpc:*NatGateway*", "vpc:*SnatEntr*", "vpc:*ForwardEntr*", "vpc:*ForwardTable*", "vpc:*SnatTable*")


def _allow(actions: Iterable[str], service_linked: str = "") -> str:
    statements: list[dict[str, object]] = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]
    if service_linked:
        statements.append(
            {
                "Effect": "Allow",
                "Action": "ram:CreateServiceLinkedRole",
                "Resource": "*",
                "Condition": {"StringEquals": {"ram:ServiceName": f"{service_linked}.aliyuncs.com"}},
            }
        )
    return json.dumps({"Version": "1", "Statement": statements}, separators=(",", ":"))


_POWER_USER = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "NotAction": [
                    "ram:*",
                    "ims:*",
                    "resourcemanager:*",
                    "resourcesharing:*",
                    "cloudsso:*",
                    "bss:ModifyAccount",
                    "bss:ModifyBillingAccount",
                    "bss:ModifyPaymentRelationship",
                    "bssapi:ModifyAccountRelation",
                ],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": [
                    "ram:ListUserBasicInfos",
                    "ram:ListRoles",
                    "ram:CreateServiceLinkedRole",
                    "ram:DeleteServiceLinkedRole",
                    "ram:GetServiceLinkedRoleDeletionStatus",
                    "ram:CheckServiceLinkedRoleExistence",
                ],
                "Resource": "*",
            },
        ],
    },
    separators=(",", ":"),
)

_READS = ("Describe*", "List*", "Get*", "BatchGet*", "Query*", "BatchQuery*")


def _all() -> dict[str, tuple[str, str]]:
    found = {
        "AdministratorAccess": ("Manages all resources of the account.", _allow(["*"])),
        "PowerUserAccess": ("Manages all but identities, permissions and billing.", _POWER_USER),
        "ReadOnlyAccess": ("Reads all resources of the account.", _allow(f"*:{verb}" for verb in _READS)),
        "AliyunSTSAssumeRoleAccess": ("Calls AssumeRole of STS.", _allow(["sts:AssumeRole"])),
        "AliyunKMSCryptoUserAccess": ("Uses keys of KMS.", _allow(_CRYPTO)),
        "AliyunKMSSecretUserAccess": ("Reads secrets of KMS.", _allow((*_KMS_READS, "kms:GetSecretValue"))),
        "AliyunEIPFullAccess": ("Manages elastic IP addresses.", _allow((*_EIP, "vpc:TagResources"))),
        "AliyunEIPReadOnlyAccess": ("Reads elastic IP addresses.", _allow(["vpc:DescribeEip*"])),
        "AliyunNATGatewayFullAccess": ("Manages NAT gateways.", _allow((*_NAT, *_NETWORKS))),
        "AliyunNATGatewayReadOnlyAccess": (
            "Reads NAT gateways.",
            _allow(("vpc:DescribeNatGateway*", "vpc:DescribeSnat*", "vpc:DescribeForward*", *_NETWORKS)),
        ),
    }
    for name, words, code, reads, also, linked in _SERVICES:
        found[f"Aliyun{name}FullAccess"] = (f"Manages {words}.", _allow((f"{code}:*", *also), linked))
        reading = [f"{code}:{verb}" for verb in reads]
        found[f"Aliyun{name}ReadOnlyAccess"] = (f"Reads {words}.", _allow((*reading, *also)))
    return dict(sorted(found.items()))


_POLICIES = _all()

SYSTEM_POLICIES = {name: document for name, (_, document) in _POLICIES.items()}
"""Their documents by name."""

DESCRIPTIONS = {name: description for name, (description, _) in _POLICIES.items()}
"""What they are for, by name."""
