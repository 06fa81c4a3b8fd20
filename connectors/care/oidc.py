"""The house's own log-in, by OpenID Connect: code flow with PKCE, state and nonce; the provider proves who it is.

Authlib builds the requests and holds the rules of an ID token, joserfc checks its signature. What must not live here:
who may come in; that is the staff directory's, at the backend.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.settings import Settings

SCOPE = "openid profile email"
# Signatures only: a shared secret or "none" proves nothing here.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
DISCOVERY_SECONDS = 3600
# A clock of theirs may differ from ours by so much.
LEEWAY_SECONDS = 30
TIMEOUT = httpx.Timeout(10, connect=3)


class OidcFailed(Exception):
    """The provider said no, or what it said does not hold; `reason` is a fact for the log, without values."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OidcUnavailable(Exception):
    """No answer of the provider that can be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Discovered(BaseModel):
    model_config = ConfigDict(extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True)
class Journey:
    """What is remembered in the browser while it is at the provider."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def begin(cls) -> "Journey":
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Identity:
    """Whom the provider has proven."""

    issuer: str
    subject: str
    username: str


class OidcProvider:
    """One provider, as the settings name it; what it tells of itself is remembered for an hour."""

    def __init__(self, settings: Settings) -> None:
        assert settings.care_oidc_issuer and settings.care_oidc_client_id and settings.care_oidc_client_secret
        self.issuer = settings.care_oidc_issuer
        self._client_id = settings.care_oidc_client_id
        self._secret = settings.care_oidc_client_secret
        self._claim = settings.care_oidc_username_claim
        self._redirect_uri = f"{settings.public_url}/care/oidc/callback"
        self._discovered: tuple[float, _Discovered] | None = None
        self._keys: KeySet | None = None

    async def authorization_url(self, journey: Journey) -> str:
        """Where the browser is sent; raises OidcUnavailable."""
        found = await self._discover()
        url: str = prepare_grant_uri(
            found.authorization_endpoint,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=SCOPE,
            state=journey.state,
            nonce=journey.nonce,
            code_challenge=create_s256_code_challenge(journey.verifier),
            code_challenge_method="S256",
        )
        return url

    async def identify(self, code: str, issuer: str | None, journey: Journey) -> Identity:
        """Who came back with `code`; `issuer` is what the way back says of itself. Raises OidcFailed, OidcUnavailable."""
        found = await self._discover()
        if issuer is None and found.authorization_response_iss_parameter_supported:
            raise OidcFailed("issuer_missing")
        if issuer is not None and issuer != self.issuer:
            raise OidcFailed("issuer_other")
        token = await self._exchange(found, code, journey)
        claims = await self._check(found, token, journey)
        subject = claims["sub"]
        named = claims
        if self._claim not in claims and found.userinfo_endpoint is not None:
            bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
            named = await self._get(found.userinfo_endpoint, headers=bearer)
            if named.get("sub") != subject:
                raise OidcFailed("userinfo_of_another")
        username = named.get(self._claim)
        if not isinstance(username, str) or not username.strip():
            raise OidcFailed("username_missing")
        if self._claim == "email" and named.get("email_verified") is not True:
            # Anybody may write any address into an account; only a proven one names somebody.
            raise OidcFailed("email_not_verified")
        return Identity(self.issuer, subject, username.strip())

    async def _exchange(self, found: _Discovered, code: str, journey: Journey) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=self._redirect_uri,
            code_verifier=journey.verifier,
        )
        methods = found.token_endpoint_auth_methods_supported
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        auth = ClientAuth(self._client_id, self._secret.get_secret_value(), method)
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        }
        url, headers, body = auth.prepare("POST", found.token_endpoint, headers, body)
        return await self._get(url, "POST", headers=headers, content=body)

    async def _check(self, found: _Discovered, token: dict[str, Any], journey: Journey) -> dict[str, Any]:
        packed = token.get("id_token")
        if not isinstance(packed, str):
            raise OidcFailed("id_token_missing")
        try:
            read = jwt.decode(packed, await self._key_set(found), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # Keys are changed now and then: once more with those of now.
            try:
                read = jwt.decode(packed, await self._key_set(found, again=True), algorithms=ALGORITHMS)
            except (JoseError, ValueError) as error:
                raise OidcFailed(f"id_token_{type(error).__name__}") from None
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": journey.nonce},
                "exp": {"essential": True},
            },
            params={
                "client_id": self._client_id,
                "nonce": journey.nonce,
                "access_token": token.get("access_token"),
            },
        )
        try:
            claims.validate(now=int(time.time()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise OidcFailed(f"id_token_{type(error).__name__}") from None
        return dict(claims)

    async def _key_set(self, found: _Discovered, *, again: bool = False) -> KeySet:
        if self._keys is None or again:
            told = await self._get(found.jwks_uri)
            try:
                self._keys = KeySet.import_key_set(told)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise OidcUnavailable(f"keys_{type(error).__name__}") from None
        return self._keys

    async def _discover(self) -> _Discovered:
        if self._discovered is not None and self._discovered[0] > time.monotonic():
            return self._discovered[1]
        told = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            found = _Discovered.model_validate(told)
        except ValidationError:
            raise OidcUnavailable("discovery_malformed") from None
        if found.issuer != self.issuer:
            raise OidcUnavailable("discovery_of_another_issuer")
        places = [found.authorization_endpoint, found.token_endpoint, found.jwks_uri]
        places += [found.userinfo_endpoint] if found.userinfo_endpoint else []
        if self.issuer.startswith("https://") and not all(one.startswith("https://") for one in places):
            raise OidcUnavailable("discovery_without_tls")
        self._discovered = (time.monotonic() + DISCOVERY_SECONDS, found)
        return found

    async def _get(self, url: str, method: str = "GET", **options: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
                response = await http.request(method, url, **options)
                told = response.json()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OidcUnavailable(type(error).__name__) from None
        except ValueError:
            raise OidcUnavailable(f"status_{response.status_code}") from None
        if response.status_code >= 500 or not isinstance(told, dict):
            raise OidcUnavailable(f"status_{response.status_code}")
        if response.status_code >= 400:
            raise OidcFailed(f"status_{response.status_code}")
        return told
