"""Sends a file with tuspy, remembering its upload: arguments as JSON on the command line."""

import json
import sys
import time
from typing import Any

from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage

job = json.loads(sys.argv[1])
memory: Any = FileStorage
client: Any = TusClient(job["endpoint"], headers=job["headers"])
uploader = client.uploader(
    job["path"],
    chunk_size=job["chunk"],
    metadata=job["metadata"],
    store_url=True,
    url_storage=memory(job["memory"]),
    retries=job.get("retries", 0),
    retry_delay=1,
    upload_checksum=job.get("checksum", False),
)
while uploader.offset < uploader.get_file_size():
    uploader.upload_chunk()
    time.sleep(job.get("pause", 0))
