"""What providers say later of messages that they took: it ends doubts, and is kept where one did not arrive."""

from columba_consumers.receipts.book import ReceiptBook
from columba_consumers.receipts.word import Word

__all__ = ["ReceiptBook", "Word"]
