"""Sender ``ses``: Amazon SES through its v2 HTTP interface, raw messages; needs the extra ``ses``.

SES has no idempotency key: a request cut off after it was sent may or may not have been accepted, which is
told as uncertain. Bounces and complaints come back as notifications; the configuration set names where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, SecretStr

from digest.deliver.sender import Limits, OneByOne, Options, Refusal
from digest.errors import SenderError
from digest.model import Deferred, Submitted, Unavailable, Uncertain

if TYPE_CHECKING:
    from pathlib import Path

    from digest.model import Message, Outcome

_SLOW_DOWN = ("TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException")
_OURS = (
    "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException",
    "UnrecognizedClientException", "InvalidClientTokenId", "SignatureDoesNotMatch", "AccessDeniedException",
    "ExpiredTokenException", "NotFoundException",
)  # fmt: skip


_OUR_WORDS = ("not verified", "have authority to send", "security token")


class SesOptions(Options):
    """What can be set of a ses sender."""

    region: str = Field(description="Region, such as eu-west-1.")
    access_key: str = Field("", description="Access key id; empty takes the machine's own identity.")
    secret_key: SecretStr = Field(SecretStr(""), description="Secret access key.")
    endpoint: str = Field("", description="Another address of the interface, for tests.")
    configuration_set: str = Field("", description="Configuration set: where events go, which pool sends.")
    parallel: int = Field(16, ge=1, le=200, description="Requests at once.")


class SesSender(OneByOne):
    """One request a message, several at once; SES's own message id is the receipt."""

    Options: ClassVar[type[Options]] = SesOptions
    reaches_network: ClassVar[bool] = True

    def __init__(self, name: str, options: SesOptions, root: Path) -> None:
        super().__init__(name, options, root)
        self.limits = Limits(max_batch=1, in_flight=options.parallel)
        self._client: Any = None

    async def open(self) -> None:
        """Make the client; raises ``SenderError`` where the extra is missing."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError as error:
            raise SenderError(
                f"senders.{self.name}: install the extra: pip install 'newsdigest[ses]'"
            ) from error
        given = self.options
        self._client = boto3.client(
            "sesv2",
            region_name=given.region,
            endpoint_url=given.endpoint or None,
            aws_access_key_id=given.access_key or None,
            aws_secret_access_key=given.secret_key.get_secret_value() or None,
            config=Config(
                retries={"total_max_attempts": 1},  # the ledger retries; a hidden retry could send twice
                max_pool_connections=given.parallel,
                connect_timeout=10,
                read_timeout=60,
            ),
        )

    async def close(self, grace: float) -> None:  # noqa: ARG002 (part of the interface)
        """Let the connections go."""
        if self._client is not None:
            self._client.close()

    def hand_over(self, message: Message) -> Outcome:
        """Send one raw message."""
        from botocore import exceptions

        request: dict[str, Any] = {
            "Destination": {"ToAddresses": [message.to]},
            "Content": {"Raw": {"Data": message.as_bytes()}},
        }
        if message.envelope_from:
            request["FeedbackForwardingEmailAddress"] = message.envelope_from
        if self.options.configuration_set:
            request["ConfigurationSetName"] = self.options.configuration_set
        try:
            answer = self._client.send_email(**request)
        except exceptions.ClientError as error:
            return self._failed(message, error)
        except (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError) as error:
            return Unavailable(message.key, f"{self.name}: {error}")
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
            return Unavailable(message.key, f"{self.name}: {error}", final=True)
        except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
            return Uncertain(message.key, f"{self.name}: {error}")
        return Submitted(message.key, str(answer["MessageId"]))

    def _failed(self, message: Message, error: Any) -> Outcome:
        code = error.response.get("Error", {}).get("Code", "")
        text = f"{code}: {error.response.get('Error', {}).get('Message', '')}"
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in _SLOW_DOWN:
            return Unavailable(message.key, text, status, wait=2.0)
        if code in _OURS or any(words in text for words in _OUR_WORDS):
            return Unavailable(message.key, text, status, final=True)
        if status >= 500:  # noqa: PLR2004 (HTTP: the service's fault)
            return Deferred(message.key, 451, "4.3.0", text, "dot")
        raise Refusal(text, 554, "5.6.0")
