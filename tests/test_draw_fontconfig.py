"""Remarks of the font library stay off the screen; whatever else is written to the standard error stream gets there."""

import os
import subprocess
import sys


def test_what_gets_through(capfd):
    from autograd_lite.draw.fontconfig import without_fontconfig_warnings

    with without_fontconfig_warnings():
        os.write(2, b'Fontconfig warning: "some.conf", line 6: unknown element\na real error\n')
    os.write(2, b"Fontconfig warning: after it\n")
    assert capfd.readouterr().err == "a real error\nFontconfig warning: after it\n"


def test_an_exception_comes_through_and_so_do_its_words(capfd):
    from autograd_lite.draw.fontconfig import without_fontconfig_warnings

    try:
        with without_fontconfig_warnings():
            os.write(2, b"before it\n")
            raise KeyError("x")
    except KeyError:
        os.write(2, b"after it\n")
    assert capfd.readouterr().err == "before it\nafter it\n"


def test_without_a_standard_error_stream():
    code = (
        "import os; os.close(2)\nfrom autograd_lite.draw.fontconfig import without_fontconfig_warnings\n"
        "with without_fontconfig_warnings(): print('fine')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "fine\n"
