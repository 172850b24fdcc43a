"""Entry point: mounts one module a command and prints errors for people.

Command modules import heavy libraries inside their functions, so that ``--help`` is quick.
"""

from __future__ import annotations

import sys

import typer

from foundation.errors import DauysError, InvalidArgument
from services.command_line import (
    audit,
    demo,
    gallery_commands,
    gateway,
    handover,
    image,
    interpret,
    key,
    memory_commands,
    models_commands,
    outputs,
    provenance,
    serve,
    speak,
    styles,
    subtitle,
    transcribe,
    translate,
)

EXIT_FAILED = 1
EXIT_USAGE = 2

app = typer.Typer(
    name="dauys",
    help="Live subtitles, transcripts, translation, speech and pictures, in Kazakh, Russian and "
    "English.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("subtitle")(subtitle.subtitle)
app.command("outputs")(outputs.outputs)
app.command("transcribe")(transcribe.transcribe)
app.command("translate")(translate.translate)
app.command("speak")(speak.speak)
app.command("voices")(speak.voices)
app.command("interpret")(interpret.interpret)
app.command("image")(image.image)
app.command("styles")(styles.styles)
app.command("provenance")(provenance.provenance)
app.command("serve")(serve.serve)
app.command("gateway")(gateway.gateway)
app.command("handover")(handover.handover)
app.command("audit")(audit.audit)
app.command("key")(key.key)
app.command("demo")(demo.demo)
app.add_typer(gallery_commands.app, name="images")
app.add_typer(models_commands.app, name="models", help="Models on this machine.")
app.add_typer(memory_commands.app, name="memory", help="Translation memory: import and export.")


def main() -> None:
    """Run the command line; a DauysError becomes one line on standard error."""
    try:
        app()
    except DauysError as error:
        sys.stderr.write(f"dauys: {error}\n")
        sys.exit(EXIT_USAGE if isinstance(error, InvalidArgument) else EXIT_FAILED)
    except KeyboardInterrupt:
        sys.stderr.write("dauys: interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
