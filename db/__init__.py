"""The database: tables, transactions, queries, migrations."""

from db.database import Database, Transaction

__all__ = ["Database", "Transaction"]
