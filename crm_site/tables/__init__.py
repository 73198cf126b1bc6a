"""One reader and one writer for every table that comes in or goes out: CSV, TSV and XLSX, told apart by content."""

from crm_site.tables.encodings import detect_encoding
from crm_site.tables.reading import Row, Table, TableRefused, read
from crm_site.tables.writing import Cell, csv_lines, write_csv, write_xlsx

__all__ = [
    "Cell",
    "Row",
    "Table",
    "TableRefused",
    "csv_lines",
    "detect_encoding",
    "read",
    "write_csv",
    "write_xlsx",
]
