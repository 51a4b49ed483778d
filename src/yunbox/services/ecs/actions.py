"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.ecs import tagging as _tagging  # noqa: F401
from yunbox.services.ecs.cloud_assistant import agent as _assistant_agent  # noqa: F401
from yunbox.services.ecs.cloud_assistant import commands as _assistant_commands  # noqa: F401
from yunbox.services.ecs.cloud_assistant import describe as _assistant_results  # noqa: F401
from yunbox.services.ecs.cloud_assistant import files as _assistant_files  # noqa: F401
from yunbox.services.ecs.cloud_assistant import invoke as _assistant_invocations  # noqa: F401
from yunbox.services.ecs.disks import describe as _disk_list  # noqa: F401
from yunbox.services.ecs.disks import lifecycle as _disks  # noqa: F401
from yunbox.services.ecs.disks import modify as _disk_changes  # noqa: F401
from yunbox.services.ecs.disks import reset as _disk_resets  # noqa: F401
from yunbox.services.ecs.images import describe as _image_list  # noqa: F401
from yunbox.services.ecs.instance_types import describe as _instance_types  # noqa: F401
from yunbox.services.ecs.instances import agreements as _instance_agreements  # noqa: F401
from yunbox.services.ecs.instances import attribute as _instance_attribute  # noqa: F401
from yunbox.services.ecs.instances import console as _instance_console  # noqa: F401
from yunbox.services.ecs.instances import describe as _instances  # noqa: F401
from yunbox.services.ecs.instances import health as _instance_health  # noqa: F401
from yunbox.services.ecs.instances import lifecycle as _instance_life  # noqa: F401
from yunbox.services.ecs.instances import options as _instance_options  # noqa: F401
from yunbox.services.ecs.instances import relocation as _instance_relocation  # noqa: F401
from yunbox.services.ecs.instances import roles as _instance_roles  # noqa: F401
from yunbox.services.ecs.instances import run as _run_instances  # noqa: F401
from yunbox.services.ecs.instances import specs as _instance_specs  # noqa: F401
from yunbox.services.ecs.key_pairs import attach as _key_pair_attachments  # noqa: F401
from yunbox.services.ecs.key_pairs import describe as _key_pair_list  # noqa: F401
from yunbox.services.ecs.key_pairs import keys as _key_pairs  # noqa: F401
from yunbox.services.ecs.network_interfaces import addresses as _interface_addresses  # noqa: F401
from yunbox.services.ecs.network_interfaces import attach as _interface_attachments  # noqa: F401
from yunbox.services.ecs.network_interfaces import changes as _interface_changes  # noqa: F401
from yunbox.services.ecs.network_interfaces import describe as _interfaces  # noqa: F401
from yunbox.services.ecs.regions import available_resource as _available_resource  # noqa: F401
from yunbox.services.ecs.regions import describe as _regions  # noqa: F401
from yunbox.services.ecs.security_groups import attribute as _security_group_attribute  # noqa: F401
from yunbox.services.ecs.security_groups import describe as _security_groups  # noqa: F401
from yunbox.services.ecs.security_groups import groups as _security_group_changes  # noqa: F401
from yunbox.services.ecs.security_groups import membership as _security_group_members  # noqa: F401
from yunbox.services.ecs.security_groups import rule_change as _security_group_rule_change  # noqa: F401
from yunbox.services.ecs.security_groups import rules as _security_group_rules  # noqa: F401
from yunbox.services.ecs.snapshots import create as _snapshots  # noqa: F401
from yunbox.services.ecs.snapshots import describe as _snapshot_list  # noqa: F401
from yunbox.services.ecs.snapshots import modify as _snapshot_changes  # noqa: F401
