"""What Telegram sends, as calls of the core's reception. An update is stored when `take` returns, or it raises.

Unknown kinds are nothing to us; what is no update at all is for the caller to refuse.
"""

import structlog
from telegram import CallbackQuery, ChatMemberUpdated, Contact, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from connectors.core.channel import MediaRef
from connectors.core.conversations import Voice, read_voice, voice_of
from connectors.core.corrections import caption_id
from connectors.core.models import Conversation
from connectors.core.reception import Reception
from connectors.core.stand_ins import CONTACT, stand_in
from connectors.settings import TelegramAccount
from connectors.telegram import keyboards
from connectors.telegram.client import TelegramBots, make_address, read_address
from connectors.telegram.commands import read_command
from connectors.telegram.courtesies import Courtesies
from connectors.telegram.names import TELEGRAM
from connectors.telegram.rendering import PlacePart, render

log = structlog.get_logger()
PRESENT = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED}
# So many messages back the question is looked for that a contact may answer.
LOOK_BACK = 5


class Updates:
    """Takes the updates of all accounts."""

    def __init__(
        self, reception: Reception, bots: TelegramBots, courtesies: Courtesies, public_url: str
    ) -> None:
        self._reception = reception
        self._bots = bots
        self._courtesies = courtesies
        self._public_url = public_url

    async def take(self, account: TelegramAccount, update: Update) -> None:
        """Store it; raises BackendSilent when it is to come again."""
        if update.message is not None:
            await self._take_message(account, update.message)
        elif update.edited_message is not None:
            await self._take_edit(account, update.edited_message, str(update.update_id))
        elif update.callback_query is not None:
            await self._take_press(account, update.callback_query)
        elif update.my_chat_member is not None:
            await self._take_membership(account, update.my_chat_member)
        else:
            log.info("telegram_update_ignored", account=account.name)

    async def _take_message(self, account: TelegramAccount, message: Message) -> None:
        if not await self._is_private(account, message):
            return
        conversation = await self._open(account, message)
        number, sent_at, reception = str(message.message_id), message.date, self._reception
        if message.text is not None:
            command = read_command(message.text)
            if command is not None:
                await reception.receive_wish(conversation, number, command.shown, command.payload, sent_at)
            else:
                await reception.receive_text(conversation, number, message.text, sent_at)
        elif (media := _media(message)) is not None:
            await reception.receive_media(conversation, number, media, sent_at, message.caption or "")
        elif message.location is not None:
            here = message.location
            await reception.receive_location(conversation, number, here.latitude, here.longitude, sent_at)
        elif message.contact is not None:
            await self._take_contact(conversation, message, message.contact)
        elif message.effective_attachment is not None:
            await reception.receive_unreadable(conversation, number, _kind(message), sent_at)
            if message.caption:
                await reception.receive_text(conversation, caption_id(number), message.caption, sent_at)
        else:
            log.info("telegram_message_ignored", account=account.name, conversation_id=conversation.id)

    async def _take_contact(self, conversation: Conversation, message: Message, contact: Contact) -> None:
        """The customer's own number, where one is asked for; anybody else's is nobody's business."""
        own = message.from_user is not None and contact.user_id == message.from_user.id
        number, sent_at = str(message.message_id), message.date
        if own and await self._asks_for_phone(conversation):
            phone = f"+{contact.phone_number.removeprefix('+')}"
            await self._reception.receive_text(conversation, number, phone, sent_at)
        else:
            shown, key = stand_in(voice_of(conversation), CONTACT), "telegram_contact_not_needed"
            await self._reception.answer_with(conversation, number, shown, key, sent_at)

    async def _asks_for_phone(self, conversation: Conversation) -> bool:
        since = conversation.last_number - LOOK_BACK
        said = await self._reception.read_transcript(conversation, since, LOOK_BACK)
        asked = [message for message in said if message.author == "bot"]
        return bool(asked) and asked[-1].input is not None and asked[-1].input.kind == "phone"

    async def _take_edit(self, account: TelegramAccount, message: Message, edit: str) -> None:
        text = message.text or message.caption
        if message.chat.type != ChatType.PRIVATE or message.from_user is None or text is None:
            return
        conversation = await self._open(account, message)
        edited_at = message.edit_date or message.date
        number = str(message.message_id)
        # Telegram counts in whole seconds: the update tells two quick edits apart.
        await self._reception.replace_text(conversation, number, text, edited_at, edit)

    async def _take_press(self, account: TelegramAccount, query: CallbackQuery) -> None:
        message, data = query.message, query.data or ""
        if message is None or message.chat.type != ChatType.PRIVATE:
            return
        chat = message.chat.id
        hint = _language(account, query.from_user.language_code)
        address = make_address(account.name, chat)
        conversation = await self._reception.open_for(TELEGRAM, address, account.market, hint)
        more = keyboards.read_more(data)
        if more is None and data != keyboards.PRESSED:
            # Two presses of one button are one: the phone may be quicker than the mark.
            await self._reception.receive_button(conversation, f"press-{message.message_id}-{data}", data)
            if isinstance(message, Message):
                marked = keyboards.mark_pressed(message.reply_markup, data)
                self._courtesies.change_keyboard(account.name, chat, message.message_id, marked)
        elif more is not None:
            await self._turn_page(conversation, account, message.message_id, more)
        self._courtesies.answer_press(account.name, chat, query.id)

    async def _turn_page(
        self,
        conversation: Conversation,
        account: TelegramAccount,
        message_id: int,
        more: keyboards.MoreWanted,
    ) -> None:
        said = await self._reception.read_transcript(conversation, more.message - 1, 1)
        parts = render(said[0], self._public_url) if said and said[0].id == more.message else []
        part = parts[more.part] if more.part < len(parts) else None
        if part is not None and not isinstance(part, PlacePart):
            _, chat = read_address(str(conversation.address))
            self._courtesies.change_keyboard(account.name, chat, message_id, part.keyboard.markup(more.page))

    async def _take_membership(self, account: TelegramAccount, change: ChatMemberUpdated) -> None:
        here = change.new_chat_member.status in PRESENT
        if change.chat.type == ChatType.PRIVATE:
            # Sending tells the same; what waits goes out when they write again.
            log.info("telegram_unblocked" if here else "telegram_blocked", account=account.name)
        elif here:
            await self._leave(account, change.chat.id, change.from_user.language_code)

    async def _is_private(self, account: TelegramAccount, message: Message) -> bool:
        """Whether a person writes to the bot alone; groups are told and left."""
        if message.chat.type == ChatType.PRIVATE:
            return message.from_user is not None and not message.from_user.is_bot
        if message.chat.type in {ChatType.GROUP, ChatType.SUPERGROUP} and message.left_chat_member is None:
            language = message.from_user.language_code if message.from_user else None
            await self._leave(account, message.chat.id, language)
        return False

    async def _leave(self, account: TelegramAccount, chat: int, language: str | None) -> None:
        """Nothing is stored of it: who is told this twice takes no harm."""
        voice = await self._reception.choose_voice(account.market, _language(account, language))
        self._courtesies.leave_group(account.name, chat, voice.say("telegram_private_only"))

    async def _open(self, account: TelegramAccount, message: Message) -> Conversation:
        spoken = message.from_user.language_code if message.from_user else None
        address = make_address(account.name, message.chat.id)
        return await self._reception.open_for(TELEGRAM, address, account.market, _language(account, spoken))


def _language(account: TelegramAccount, spoken: str | None) -> str | None:
    """The language to begin in: the phone's, where we speak it, or else the account's."""
    if spoken and read_voice(spoken, _NOBODY) != _NOBODY:
        return spoken
    return account.language


_NOBODY = Voice("")


def _media(message: Message) -> MediaRef | None:
    """A photo in its largest size, or a document. A moving picture is a document to Telegram, but not to us."""
    if message.photo:
        largest = max(message.photo, key=lambda size: (size.width * size.height, size.file_size or 0))
        return MediaRef(
            vendor_id=largest.file_id,
            filename=f"photo-{message.message_id}.jpg",
            media_type="image/jpeg",
            size=largest.file_size,
        )
    if message.document is not None and message.animation is None:
        document = message.document
        return MediaRef(
            vendor_id=document.file_id,
            filename=document.file_name or f"document-{message.message_id}",
            media_type=document.mime_type or "application/octet-stream",
            size=document.file_size,
        )
    return None


def _kind(message: Message) -> str:
    kinds = ("voice", "audio", "video", "video_note", "sticker", "animation", "poll", "dice", "story", "game")
    return next((kind for kind in kinds if getattr(message, kind) is not None), "attachment")
