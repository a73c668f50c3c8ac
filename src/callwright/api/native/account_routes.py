"""The routers about who may do what, and the bodies that they read."""

from __future__ import annotations

from callwright.api.native import account, audit_log, keys, me, request_log, sessions, setup, sign_in_links, users

#: In this order: ``/users/me`` comes before ``/users/{user_id}``.
RESOURCES = (account, setup, sessions, sign_in_links, me, users, keys, audit_log, request_log)
BODIES = (
    account.AccountChange,
    *setup.BODIES,
    sessions.SignIn,
    sign_in_links.AcceptRequest,
    sign_in_links.ResetRequest,
    me.MeChange,
    me.PasswordChange,
    me.PasswordRequest,
    me.CodeRequest,
    me.SecondFactorEnd,
    users.UserRequest,
    users.UserChange,
    keys.KeyRequest,
    keys.RotateRequest,
)
