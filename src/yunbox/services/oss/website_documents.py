"""The document of static website hosting (element names: alibabacloud-oss-v2, `bucket_website`)."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.gateway.protocols.xml import Document


class IndexDocument(Document):
    """The page of a folder.

    `type` says what a missing `abc` becomes when folders have pages of their own: 0 a redirect to `abc/`, 1
    an error, 2 the page of `abc/` itself.
    """

    suffix: str
    support_sub_dir: bool | None = None
    type: int | None = None


class ErrorDocument(Document):
    """The page shown for what is missing, and its status (404 unless given)."""

    key: str
    http_status: int | None = None


class IncludeHeader(Document):
    """A header that a request must have."""

    key: str
    equals: str | None = None
    starts_with: str | None = None
    ends_with: str | None = None


class Condition(Document):
    """When a rule applies: when all of it holds."""

    key_prefix_equals: str | None = None
    key_suffix_equals: str | None = None
    http_error_code_returned_equals: int | None = None
    include_header: list[IncludeHeader] = []


class MirrorHeadersSet(Document):
    """A header sent to the origin."""

    key: str
    value: str


class MirrorHeaders(Document):
    """Which headers are passed to the origin."""

    pass_all: bool | None = None
    pass_: list[str] = msgspec.field(name="Pass", default_factory=list)
    remove: list[str] = []
    set: list[MirrorHeadersSet] = []


class MirrorTagging(Document):
    """A tag given to what was fetched."""

    key: str
    value: str


class MirrorTaggings(Document):
    """The tags given to what was fetched."""

    taggings: list[MirrorTagging] = []


class MirrorReturnHeader(Document):
    """A header of the answer."""

    key: str
    value: str


class MirrorReturnHeaders(Document):
    """The headers of the answer."""

    return_header: list[MirrorReturnHeader] = []


class MirrorMultiAlternate(Document):
    """One of several origins."""

    mirror_multi_alternate_number: int
    mirror_multi_alternate_url: str = msgspec.field(name="MirrorMultiAlternateURL")
    mirror_multi_alternate_vpc_id: str | None = None
    mirror_multi_alternate_dst_region: str | None = None


class MirrorMultiAlternates(Document):
    """Several origins."""

    mirror_multi_alternate: list[MirrorMultiAlternate] = []


class Redirect(Document):
    """What a rule does: send the client elsewhere, serve another object, or fetch from an origin.

    Of the elements `Mirror...`, MirrorAuth is not among them: it would keep another cloud's secret here.
    """

    redirect_type: Literal["Mirror", "External", "Internal", "AliCDN"]
    pass_query_string: bool | None = None
    protocol: str | None = None
    host_name: str | None = None
    http_redirect_code: int | None = None
    replace_key_with: str | None = None
    replace_key_prefix_with: str | None = None
    enable_replace_prefix: bool | None = None
    mirror_url: str | None = msgspec.field(name="MirrorURL", default=None)
    mirror_url_slave: str | None = msgspec.field(name="MirrorURLSlave", default=None)
    mirror_url_probe: str | None = msgspec.field(name="MirrorURLProbe", default=None)
    mirror_pass_query_string: bool | None = None
    mirror_follow_redirect: bool | None = None
    mirror_check_md5: bool | None = None
    mirror_headers: MirrorHeaders | None = None
    mirror_sni: bool | None = msgspec.field(name="MirrorSNI", default=None)
    mirror_pass_original_slashes: bool | None = None
    mirror_allow_video_snapshot: bool | None = None
    mirror_async_status: int | None = None
    mirror_taggings: MirrorTaggings | None = None
    mirror_dst_region: str | None = None
    mirror_dst_vpc_id: str | None = None
    mirror_tunnel_id: str | None = None
    mirror_role: str | None = None
    mirror_using_role: bool | None = None
    mirror_return_headers: MirrorReturnHeaders | None = None
    mirror_proxy_pass: bool | None = None
    mirror_is_express_tunnel: bool | None = None
    mirror_dst_slave_vpc_id: str | None = None
    mirror_allow_head_object: bool | None = None
    transparent_mirror_response_codes: str | None = None
    mirror_save_oss_meta: bool | None = None
    mirror_allow_get_image_info: bool | None = None
    mirror_user_last_modified: bool | None = None
    mirror_switch_all_errors: bool | None = None
    mirror_multi_alternates: MirrorMultiAlternates | None = None


class LuaConfig(Document):
    """A script in place of a redirect."""

    script: str = ""


class RoutingRule(Document):
    """One rule; rules are tried by number."""

    rule_number: int
    condition: Condition
    redirect: Redirect | None = None
    lua_config: LuaConfig | None = None


class RoutingRules(Document):
    """The rules."""

    routing_rule: list[RoutingRule] = []


class WebsiteConfiguration(Document):
    """How a bucket serves a website."""

    index_document: IndexDocument | None = None
    error_document: ErrorDocument | None = None
    routing_rules: RoutingRules | None = None
