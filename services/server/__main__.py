"""``python -m services.server``: all services, settings from the environment."""

import asyncio

from services.server.bootstrap import serve
from services.server.settings import Settings

asyncio.run(serve(Settings()))
