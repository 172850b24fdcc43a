"""``dauys key``: a new API key, and what a server is told of it."""

from __future__ import annotations

from typing import Annotated

import typer


def key(
    tenant: Annotated[
        str, typer.Option(help="Whose it is, for the file of DAUYS_API_KEYS: docs/KEYS.md.")
    ] = "",
) -> None:
    """Print a new API key, which is kept nowhere, and the line that makes a server take it."""
    from services.server.callers import check_tenant
    from services.server.keys import new_key

    if tenant:
        check_tenant(tenant, "--tenant")
    made, digest = new_key()
    typer.echo(f"# The key, for the caller. It cannot be shown again.\n{made}\n")
    if tenant:
        table = f'[tenants.{tenant}]\nsha256 = ["{digest}"]'
        typer.echo(f"# For the file that DAUYS_API_KEYS names.\n{table}")
    else:
        typer.echo(f"# For the server's environment.\nDAUYS_API_KEY_SHA256={digest}")
