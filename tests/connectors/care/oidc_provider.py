"""A small OpenID provider: discovery, authorization with PKCE, token and userinfo endpoints, keys that can change."""

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "care-desk", "a-secret-of-the-provider"


class Provider:
    """`claims` and `wrong` spoil what it says; whoever comes is `user`."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig"})
        self.user: dict[str, Any] = {"sub": "subject-1", "preferred_username": "ana"}
        self.claims: dict[str, Any] = {}
        self.without: set[str] = set()
        self.userinfo: dict[str, Any] = {}
        self.token_status = 200
        self.unsigned = False
        self.sign_with: RSAKey | None = None
        self.told_issuer: str | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.key_reads = 0
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
                Route("/userinfo", self.info),
            ]
        )

    async def discovery(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.told_issuer or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
        assert "openid" in asked["scope"].split() and asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = f"{asked['redirect_uri']}?code={code}&state={asked['state']}&iss={self.issuer}"
        return RedirectResponse(back, 302)

    async def token(self, request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(given["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest())
        if (
            self.token_status != 200
            or request.headers["authorization"] != f"Basic {basic}"
            or asked is None
            or asked["redirect_uri"] != given["redirect_uri"]
            or asked["code_challenge"] != challenge.rstrip(b"=").decode()
        ):
            return JSONResponse({"error": "invalid_grant"}, max(400, self.token_status))
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
            **self.user,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if name not in self.without}
        key = self.sign_with or self.key
        packed = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, key)
        if self.unsigned:
            _, body, _ = packed.split(".")
            packed = f"{base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip('=')}.{body}."
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": packed})

    async def keys(self, request: Request) -> Response:
        self.key_reads += 1
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def info(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer at"
        return JSONResponse({"sub": self.user["sub"], **self.userinfo})
