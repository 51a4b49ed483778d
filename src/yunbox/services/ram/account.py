"""The account's alias, password policy and security preference. Wire: the SDK alibabacloud_ram20150501.

What a setting does not say takes the default that the vendor documents. Of the password policy, length, kinds of
characters and reuse bind passwords; age and attempts, like most of the security preference, are for a console's
sign-in, which there is none of: they are kept and returned.
"""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.identity.accounts import check_account_alias
from yunbox.identity.resources import PasswordPolicy, SecurityPreference
from yunbox.services.ram.parts import identities
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class SetAccountAlias(Request):
    """Give the account an alias."""

    account_alias: str


class GetAccountAlias(Request):
    """Ask for the account's alias."""


class ClearAccountAlias(Request):
    """Take the account's alias away."""


class SetPasswordPolicy(Request):
    """Say what users' passwords must be like."""

    minimum_password_length: int = 8
    require_lowercase_characters: bool = False
    require_uppercase_characters: bool = False
    require_numbers: bool = False
    require_symbols: bool = False
    hard_expiry: bool = False
    max_password_age: int = 0
    password_reuse_prevention: int = 0
    max_login_attemps: int = 0


class GetPasswordPolicy(Request):
    """Ask what users' passwords must be like."""


class SetSecurityPreference(Request):
    """Say what users may do for themselves."""

    enable_save_mfa_ticket: bool = msgspec.field(default=False, name="EnableSaveMFATicket")
    allow_user_to_change_password: bool = True
    allow_user_to_manage_access_keys: bool = False
    allow_user_to_manage_mfa_devices: bool = msgspec.field(default=True, name="AllowUserToManageMFADevices")
    allow_user_to_manage_public_keys: bool = False
    login_session_duration: int = 6
    login_network_masks: str = ""


class GetSecurityPreference(Request):
    """Ask what users may do for themselves."""


class AliasAnswer(Answer):
    """The account's alias; its id when it has none."""

    account_alias: str


class PasswordPolicyShape(Shape):
    """A password policy, as answers hold it. `MaxLoginAttemps` is the vendor's spelling."""

    minimum_password_length: int
    require_lowercase_characters: bool
    require_uppercase_characters: bool
    require_numbers: bool
    require_symbols: bool
    hard_expiry: bool
    max_password_age: int
    password_reuse_prevention: int
    max_login_attemps: int


class PasswordPolicyAnswer(Answer):
    """The account's password policy."""

    password_policy: PasswordPolicyShape


class LoginProfilePreference(Shape):
    """Preferences of signing in; the duration is in hours."""

    enable_save_mfa_ticket: bool = msgspec.field(name="EnableSaveMFATicket")
    allow_user_to_change_password: bool
    login_session_duration: int
    login_network_masks: str


class AccessKeyPreference(Shape):
    """Preferences of access keys."""

    allow_user_to_manage_access_keys: bool


class MfaPreference(Shape):
    """Preferences of MFA devices."""

    allow_user_to_manage_mfa_devices: bool = msgspec.field(name="AllowUserToManageMFADevices")


class PublicKeyPreference(Shape):
    """Preferences of public keys."""

    allow_user_to_manage_public_keys: bool


class SecurityPreferenceShape(Shape):
    """A security preference, as answers hold it."""

    login_profile_preference: LoginProfilePreference
    access_key_preference: AccessKeyPreference
    mfa_preference: MfaPreference = msgspec.field(name="MFAPreference")
    public_key_preference: PublicKeyPreference


class SecurityPreferenceAnswer(Answer):
    """The account's security preference."""

    security_preference: SecurityPreferenceShape


@ram.action(SetAccountAlias, on="*")
@refusing("Account")
def set_account_alias(request: SetAccountAlias, call: Call) -> Empty:
    """No two accounts have the same."""
    check_account_alias(request.account_alias)
    identities(call).set_account_alias(call.account, request.account_alias)
    return Empty()


@ram.action(GetAccountAlias, on="*")
@refusing("Account")
def get_account_alias(request: GetAccountAlias, call: Call) -> AliasAnswer:
    """Without one, the account's id stands for it, as in the names that its users sign in with."""
    account = identities(call).account(call.account)
    return AliasAnswer(account_alias=(account.name if account else "") or call.account)


@ram.action(ClearAccountAlias, on="*")
@refusing("Account")
def clear_account_alias(request: ClearAccountAlias, call: Call) -> Empty:
    """Harmless when there is none."""
    identities(call).set_account_alias(call.account, "")
    return Empty()


@ram.action(SetPasswordPolicy, on="*")
@refusing("Account")
def set_password_policy(request: SetPasswordPolicy, call: Call) -> PasswordPolicyAnswer:
    """It binds passwords that are set from then on."""
    policy = PasswordPolicy(
        id=call.account,
        account=call.account,
        minimum_length=request.minimum_password_length,
        require_lowercase=request.require_lowercase_characters,
        require_uppercase=request.require_uppercase_characters,
        require_numbers=request.require_numbers,
        require_symbols=request.require_symbols,
        hard_expiry=request.hard_expiry,
        max_age_days=request.max_password_age,
        reuse_prevention=request.password_reuse_prevention,
        max_login_attempts=request.max_login_attemps,
    )
    return _policy_answer(identities(call).set_password_policy(policy))


@ram.action(GetPasswordPolicy, on="*")
def get_password_policy(request: GetPasswordPolicy, call: Call) -> PasswordPolicyAnswer:
    """Say it, be it the default."""
    return _policy_answer(identities(call).password_policy(call.account))


def _policy_answer(policy: PasswordPolicy) -> PasswordPolicyAnswer:
    return PasswordPolicyAnswer(
        password_policy=PasswordPolicyShape(
            minimum_password_length=policy.minimum_length,
            require_lowercase_characters=policy.require_lowercase,
            require_uppercase_characters=policy.require_uppercase,
            require_numbers=policy.require_numbers,
            require_symbols=policy.require_symbols,
            hard_expiry=policy.hard_expiry,
            max_password_age=policy.max_age_days,
            password_reuse_prevention=policy.reuse_prevention,
            max_login_attemps=policy.max_login_attempts,
        )
    )


@ram.action(SetSecurityPreference, on="*")
@refusing("Account")
def set_security_preference(request: SetSecurityPreference, call: Call) -> SecurityPreferenceAnswer:
    """AllowUserToChangePassword binds ChangePassword."""
    preference = SecurityPreference(
        id=call.account,
        account=call.account,
        enable_save_mfa_ticket=request.enable_save_mfa_ticket,
        allow_change_password=request.allow_user_to_change_password,
        allow_manage_access_keys=request.allow_user_to_manage_access_keys,
        allow_manage_mfa_devices=request.allow_user_to_manage_mfa_devices,
        allow_manage_public_keys=request.allow_user_to_manage_public_keys,
        login_session_hours=request.login_session_duration,
        login_network_masks=request.login_network_masks,
    )
    return _preference_answer(identities(call).set_security_preference(preference))


@ram.action(GetSecurityPreference, on="*")
def get_security_preference(request: GetSecurityPreference, call: Call) -> SecurityPreferenceAnswer:
    """Say it, be it the default."""
    return _preference_answer(identities(call).security_preference(call.account))


def _preference_answer(preference: SecurityPreference) -> SecurityPreferenceAnswer:
    return SecurityPreferenceAnswer(
        security_preference=SecurityPreferenceShape(
            login_profile_preference=LoginProfilePreference(
                enable_save_mfa_ticket=preference.enable_save_mfa_ticket,
                allow_user_to_change_password=preference.allow_change_password,
                login_session_duration=preference.login_session_hours,
                login_network_masks=preference.login_network_masks,
            ),
            access_key_preference=AccessKeyPreference(
                allow_user_to_manage_access_keys=preference.allow_manage_access_keys
            ),
            mfa_preference=MfaPreference(
                allow_user_to_manage_mfa_devices=preference.allow_manage_mfa_devices
            ),
            public_key_preference=PublicKeyPreference(
                allow_user_to_manage_public_keys=preference.allow_manage_public_keys
            ),
        )
    )
