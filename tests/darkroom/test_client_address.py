import subprocess
import sys

import pytest

from darkroom.client_address import Address, find_address
from darkroom.client_errors import ClientError


@pytest.fixture
def data_dir(tmp_path):
    (tmp_path / "url").write_text("http://127.0.0.1:8123\n")
    (tmp_path / "token").write_text("drk_local\n")
    return tmp_path


def test_what_up_left_here_is_found(data_dir):
    found = find_address(environ={"DARKROOM_DATA_DIR": str(data_dir)})

    assert found == Address("http://127.0.0.1:8123", "drk_local")


def test_the_environment_goes_before_the_data_directory(data_dir):
    environ = {
        "DARKROOM_DATA_DIR": str(data_dir),
        "DARKROOM_URL": "https://lab.test/",
        "DARKROOM_TOKEN": "drk_lab",
    }

    assert find_address(environ=environ) == Address("https://lab.test", "drk_lab")


def test_the_local_token_is_not_sent_to_another_server(data_dir):
    environ = {"DARKROOM_DATA_DIR": str(data_dir), "DARKROOM_URL": "https://lab.test"}

    assert find_address(environ=environ) == Address("https://lab.test", None)


def test_without_any_address_it_is_said_what_to_do(tmp_path):
    with pytest.raises(ClientError) as raised:
        find_address(environ={"DARKROOM_DATA_DIR": str(tmp_path)})

    assert raised.value.hint == "start `darkroom up`, or set DARKROOM_URL and DARKROOM_TOKEN"


def test_importing_darkroom_brings_no_http_client():
    code = (
        "import sys, darkroom; print('httpx' in sys.modules); darkroom.Client; print('httpx' in sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["False", "True"]
