"""What Telegram's customers do on their phones."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from simulators.chats import ChatKey, Entry, File, Location, NotPossible
from simulators.telegram_lines import Json, Lines


class Phones(Lines):
    """The customers of all bots; see `Messenger`."""

    async def say(
        self,
        account: str,
        customer: str,
        text: str,
        *,
        reply_to: str | None = None,
        late_by: timedelta = timedelta(0),
    ) -> str:
        entities: Json = {}
        if text.startswith("/"):
            entities = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]}
        return await self._write(
            account, customer, {"text": text, **entities}, text=text, reply_to=reply_to, late_by=late_by
        )

    async def press(self, account: str, customer: str, entry_id: str, value: str) -> str:
        key = ChatKey(self.vendor, account, customer)
        entry = self.chats.find(key, entry_id)
        if not any(button.value == value and not button.url for row in entry.buttons for button in row):
            raise NotPossible(f"no button {value!r}")
        bot = self.bots[account]
        query_id = str(secrets.randbits(62))
        self._queries[query_id] = (key, entry_id)
        query = {
            "id": query_id,
            "from": self._person(bot, customer),
            "message": self._message(bot, key, entry),
            "chat_instance": str(secrets.randbits(62)),
            "data": value,
        }
        await self._tell(bot, {"callback_query": query}, key, query_id)
        return query_id

    async def send_files(
        self,
        account: str,
        customer: str,
        files: list[File],
        *,
        caption: str = "",
        late_by: timedelta = timedelta(0),
    ) -> str:
        album = {"media_group_id": str(secrets.randbits(52))} if len(files) > 1 else {}
        last = ""
        for number, file in enumerate(files):
            content: Json = dict(album)
            said = caption if number == 0 else ""
            if said:
                content["caption"] = said
            kind = "photo" if file.media_type.startswith("image/") else "document"
            content |= self._photo(file) if kind == "photo" else {"document": self._document(file)}
            last = await self._write(
                account, customer, content, kind=kind, text=said, file=file, late_by=late_by
            )
        return last

    async def send_as_document(self, account: str, customer: str, file: File) -> str:
        """A picture sent uncompressed, as a file."""
        return await self._write(
            account, customer, {"document": self._document(file)}, kind="document", file=file
        )

    async def send_location(self, account: str, customer: str, latitude: float, longitude: float) -> str:
        place = {"latitude": latitude, "longitude": longitude}
        return await self._write(
            account, customer, {"location": place}, kind="location", location=Location(latitude, longitude)
        )

    async def send_contact(self, account: str, customer: str, phone: str, *, own: bool = True) -> str:
        """A contact: the customer's own number, or somebody else's from the address book."""
        whose = self._person(self.bots[account], customer)["id"] if own else 4711
        contact = {"phone_number": phone, "first_name": "Rina", "user_id": whose}
        return await self._write(account, customer, {"contact": contact}, kind="contact", text=phone)

    async def send_other(self, account: str, customer: str, kind: str) -> str:
        if kind == "contact":
            return await self.send_contact(account, customer, "+39 333 123 4567")
        ids = {
            "file_id": secrets.token_urlsafe(24),
            "file_unique_id": secrets.token_urlsafe(8),
            "file_size": 4000,
        }
        made_up: dict[str, Json] = {
            "voice": {"voice": {**ids, "duration": 3, "mime_type": "audio/ogg"}},
            "audio": {"audio": {**ids, "duration": 200, "mime_type": "audio/mpeg", "title": "Song"}},
            "sticker": {
                "sticker": {
                    **ids,
                    "width": 512,
                    "height": 512,
                    "type": "regular",
                    "is_animated": False,
                    "is_video": False,
                }
            },
            "video": {"video": {**ids, "duration": 9, "width": 640, "height": 480, "mime_type": "video/mp4"}},
            "video_note": {"video_note": {**ids, "duration": 9, "length": 240}},
            "dice": {"dice": {"emoji": "🎲", "value": 4}},
        }
        if kind not in made_up:
            raise NotPossible(kind)
        return await self._write(account, customer, made_up[kind], kind=kind)

    async def edit(self, account: str, customer: str, entry_id: str, text: str) -> str:
        key = ChatKey(self.vendor, account, customer)
        entry = self.chats.change(key, entry_id, text=text, edited=True)
        if entry.author != "customer":
            raise NotPossible("only own messages are edited")
        message = {**self._message(self.bots[account], key, entry), "edit_date": int(time.time())}
        await self._tell(self.bots[account], {"edited_message": message}, key, entry_id)
        return entry_id

    async def delete(self, account: str, customer: str, entry_id: str) -> str:
        """Bots never hear of it."""
        self.chats.change(ChatKey(self.vendor, account, customer), entry_id, deleted=True, text="", file=None)
        return entry_id

    async def redeliver(self, account: str, customer: str, entry_id: str) -> str:
        key = ChatKey(self.vendor, account, customer)
        for update in self._posted.get((key, entry_id), []):
            await self._hand_over(self.bots[account], update)
        return entry_id

    async def see(self, account: str, customer: str) -> None:
        """Bots never hear of it."""

    async def set_blocked(self, account: str, customer: str, blocked: bool) -> None:
        key = ChatKey(self.vendor, account, customer)
        self.chats.set_faults(key, blocked=blocked)
        bot = self.bots[account]
        member = {"user": self.me(bot), "status": "kicked" if blocked else "member"}
        before = {**member, "status": "member" if blocked else "kicked"}
        change = {
            "chat": self._chat(key),
            "from": self._person(bot, customer),
            "date": int(time.time()),
            "old_chat_member": {**before, **({} if blocked else {"until_date": 0})},
            "new_chat_member": {**member, **({"until_date": 0} if blocked else {})},
        }
        await self._tell(bot, {"my_chat_member": change}, key, "block")

    async def tell(self, account: str, kind: str, content: Json) -> int:
        """Any other update, as a test wants it; returns the status of the webhook's answer."""
        update = {"update_id": next(self._updates), kind: content}
        return await self._hand_over(self.bots[account], update)

    async def _write(
        self,
        account: str,
        customer: str,
        content: Json,
        *,
        kind: str = "text",
        reply_to: str | None = None,
        late_by: timedelta = timedelta(0),
        **shown: Any,
    ) -> str:
        bot, key = self.bots[account], ChatKey(self.vendor, account, customer)
        entry = Entry(
            str(self.chats.next_number()), "customer", kind, reply_to=reply_to, status="waiting", **shown
        )
        entry = replace(entry, at=entry.at - late_by)
        self.chats.add(key, entry)
        message = {**self._message(bot, key, entry), **content}
        if reply_to is not None:
            message["reply_to_message"] = self._message(bot, key, self.chats.find(key, reply_to))
        await self._tell(bot, {"message": message}, key, entry.id)
        return entry.id
