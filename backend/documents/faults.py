"""Why a file is not taken. One class a fact; no logic lives here."""

from backend.errors import Fault


class FileTooLarge(Fault):
    status = 413
    code = "file_too_large"


class FileTypeNotAllowed(Fault):
    """By its content; what the name or the sender says does not count."""

    status = 415
    code = "file_type_not_allowed"


class FileRefused(Fault):
    """Of an allowed type, but not a file that can be kept."""

    status = 422
    code = "file_refused"


class FileEmpty(FileRefused):
    code = "file_empty"


class PdfEncrypted(FileRefused):
    code = "pdf_encrypted"


class PdfActive(FileRefused):
    """Contains something that runs or unpacks: scripts, launch actions, attached files, XFA forms."""

    code = "pdf_active"


class PdfUnreadable(FileRefused):
    """Damaged, or too costly to read."""

    code = "pdf_unreadable"


class PdfTooManyPages(FileRefused):
    code = "pdf_too_many_pages"


class ImageUnreadable(FileRefused):
    code = "image_unreadable"


class ImageTooLarge(FileRefused):
    """More pixels than any camera's photo of a bill."""

    code = "image_too_large"


class TooManyFiles(Fault):
    status = 429
    code = "too_many_files"


class UploadIncomplete(Fault):
    """The sender went away before the file was whole; nothing was kept."""

    status = 400
    code = "upload_incomplete"
