"""Listeners, access control lists and security policies, through the official SDK."""

from __future__ import annotations

from collections.abc import Callable

from alb_clients import Albs, forward

Refused = Callable[..., str]


def test_a_listener_is_made_changed_and_deleted(albs: Albs, refused: Refused) -> None:
    balancer, group, other = albs.balancer(), albs.group(), albs.group()
    listener = albs.listener(balancer, group, 8080, listener_description="shop", idle_timeout=30)
    shown = albs.do("GetListenerAttribute", listener_id=listener)
    assert (shown.load_balancer_id, shown.listener_port, shown.listener_protocol) == (balancer, 8080, "HTTP")
    assert (shown.listener_description, shown.idle_timeout, shown.request_timeout) == ("shop", 30, 60)
    assert (shown.gzip_enabled, shown.xforwarded_for_config.xforwarded_for_enabled) == (True, True)
    assert shown.default_actions[0].forward_group_config.server_group_tuples[0].server_group_id == group
    assert refused(albs.listener, balancer, group, 8080) == "ResourceAlreadyExist.Listener"
    albs.do(
        "UpdateListenerAttribute",
        listener_id=listener,
        default_actions=[forward(other)],
        request_timeout=5,
        gzip_enabled=False,
        xforwarded_for_config={"xforwarded_for_proto_enabled": True},
    )
    shown = albs.do("GetListenerAttribute", listener_id=listener)
    assert shown.default_actions[0].forward_group_config.server_group_tuples[0].server_group_id == other
    assert (shown.request_timeout, shown.idle_timeout, shown.gzip_enabled) == (5, 30, False)
    assert shown.xforwarded_for_config.xforwarded_for_proto_enabled is True
    listed = albs.do("ListListeners", load_balancer_ids=[balancer])
    assert [each.listener_id for each in listed.listeners] == [listener]
    albs.settle(albs.do("DeleteListener", listener_id=listener).job_id)
    assert refused(albs.do, "GetListenerAttribute", listener_id=listener) == "ResourceNotFound.Listener"


def test_a_listener_is_stopped_and_started(albs: Albs, refused: Refused) -> None:
    listener = albs.listener(albs.balancer(), albs.group())
    assert refused(albs.do, "StartListener", listener_id=listener) == "IncorrectStatus.Listener"
    albs.settle(albs.do("StopListener", listener_id=listener).job_id)
    assert albs.do("GetListenerAttribute", listener_id=listener).listener_status == "Stopped"
    albs.do("StartListener", listener_id=listener)
    shown = albs.do("GetListenerAttribute", listener_id=listener)
    assert shown.listener_status in ("Provisioning", "Running")


def test_listeners_forward_only_where_they_can(albs: Albs, refused: Refused) -> None:
    balancer = albs.balancer()
    elsewhere = albs.group(vpc_id=albs.new_network()[0])
    assert refused(albs.listener, balancer, elsewhere) == "Mismatch.VpcId"
    assert refused(albs.listener, balancer, albs.group(protocol="HTTPS")) == "Mismatch.Protocol"
    assert refused(albs.listener, balancer, "sgp-none") == "ResourceNotFound.ServerGroup"
    quic = {"listener_protocol": "QUIC"}
    assert refused(albs.listener, balancer, albs.group(), **quic) == "InvalidParameter.NotImplemented"


def test_a_server_group_that_is_used_stays(albs: Albs, refused: Refused) -> None:
    balancer, group = albs.balancer(), albs.group()
    listener = albs.listener(balancer, group)
    assert refused(albs.do, "DeleteServerGroup", server_group_id=group) == "ResourceInUse.ServerGroup"
    related = albs.do("ListServerGroups", server_group_ids=[group]).server_groups[0]
    assert related.related_load_balancer_ids == [balancer]
    albs.do("DeleteListener", listener_id=listener)
    albs.do("DeleteServerGroup", server_group_id=group)


def test_acls_hold_entries_and_go_with_listeners(albs: Albs, refused: Refused) -> None:
    acl = albs.do("CreateAcl", acl_name="office").acl_id
    entries = [{"entry": "10.1.0.0/16", "description": "here"}, {"entry": "10.2.0.1/32"}]
    albs.do("AddEntriesToAcl", acl_id=acl, acl_entries=entries)
    again = refused(albs.do, "AddEntriesToAcl", acl_id=acl, acl_entries=entries[:1])
    assert again == "ResourceAlreadyExist.AclEntry"
    wrong = [{"entry": "10.1.0.1/16"}]
    assert (
        refused(albs.do, "AddEntriesToAcl", acl_id=acl, acl_entries=wrong)
        == "IllegalParam.AclEntries.N.Entry"
    )
    listed = albs.do("ListAclEntries", acl_id=acl, max_results=1)
    assert (listed.acl_entries[0].entry, listed.acl_entries[0].description) == ("10.1.0.0/16", "here")
    assert (listed.total_count, bool(listed.next_token)) == (2, True)
    listener = albs.listener(albs.balancer(), albs.group())
    both = {"listener_id": listener, "acl_ids": [acl]}
    albs.do("AssociateAclsWithListener", acl_type="White", **both)
    twice = refused(albs.do, "AssociateAclsWithListener", acl_type="White", **both)
    assert twice == "ResourceAlreadyAssociated.Acl"
    config = albs.do("GetListenerAttribute", listener_id=listener).acl_config
    assert (config.acl_type, [each.acl_id for each in config.acl_relations]) == ("White", [acl])
    relations = albs.do("ListAclRelations", acl_ids=[acl]).acl_relations
    assert relations[0].related_listeners[0].listener_id == listener
    assert refused(albs.do, "DeleteAcl", acl_id=acl) == "ResourceInUse.Acl"
    albs.do("DissociateAclsFromListener", **both)
    gone = refused(albs.do, "DissociateAclsFromListener", **both)
    assert gone == "ResourceNotAssociated.Acl"
    albs.do("RemoveEntriesFromAcl", acl_id=acl, entries=["10.2.0.1/32"])
    missing = refused(albs.do, "RemoveEntriesFromAcl", acl_id=acl, entries=["10.2.0.1/32"])
    assert missing == "ResourceNotFound.AclEntry"
    albs.do("UpdateAclAttribute", acl_id=acl, acl_name="renamed")
    assert albs.do("ListAcls", acl_ids=[acl]).acls[0].acl_name == "renamed"
    albs.settle(albs.do("DeleteAcl", acl_id=acl).job_id)
    assert not albs.do("ListAcls", acl_ids=[acl]).acls


def test_security_policies(albs: Albs, refused: Refused) -> None:
    system = albs.do("ListSystemSecurityPolicies").security_policies
    strict = next(each for each in system if each.security_policy_id == "tls_cipher_policy_1_2_strict")
    assert strict.tlsversions == ["TLSv1.2"]
    given = {"security_policy_name": "mine", "tlsversions": ["TLSv1.2"], "ciphers": strict.ciphers[:2]}
    policy = albs.do("CreateSecurityPolicy", **given).security_policy_id
    wrong = refused(albs.do, "CreateSecurityPolicy", **given | {"ciphers": ["NULL"]})
    assert wrong == "IllegalParam.Ciphers"
    newer = {"tlsversions": ["TLSv1.2", "TLSv1.3"]}
    assert (
        refused(albs.do, "UpdateSecurityPolicyAttribute", security_policy_id=policy, **newer)
        == "IllegalParam.Ciphers"
    )
    ciphers = [strict.ciphers[0], "TLS_AES_128_GCM_SHA256"]
    albs.do("UpdateSecurityPolicyAttribute", security_policy_id=policy, ciphers=ciphers, **newer)
    shown = albs.do("ListSecurityPolicies", security_policy_ids=[policy]).security_policies[0]
    assert (shown.tlsversions, shown.ciphers) == (["TLSv1.2", "TLSv1.3"], ciphers)
    relations = albs.do("ListSecurityPolicyRelations", security_policy_ids=[policy]).secrity_policy_relations
    assert relations[0].related_listeners == []
    albs.do("DeleteSecurityPolicy", security_policy_id=policy)
    assert (
        refused(albs.do, "DeleteSecurityPolicy", security_policy_id=policy)
        == "ResourceNotFound.SecurityPolicy"
    )
