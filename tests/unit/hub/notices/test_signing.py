"""Both signatures against the worked examples that the providers print, to the letter."""

from larder_hub.notices.signing import acs3, canonical_query, tc3


def test_the_worked_example_of_alibaba_cloud() -> None:
    """help.aliyun.com, "V3 request syntax and signature mechanism": RunInstances, its result printed there."""
    query = {
        "RegionId": "cn-shanghai",
        "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
    }
    headers = acs3(
        "ecs.cn-shanghai.aliyuncs.com", "RunInstances", "2014-05-26", query,
        "YourAccessKeyId", "YourAccessKeySecret", 1_698_315_752_000, "3156853299f313e23d1673dc12e1703d",
    )  # fmt: skip
    assert headers["x-acs-date"] == "2023-10-26T10:22:32Z"
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_worked_example_of_tencent_cloud() -> None:
    """cloud.tencent.com/document/api/213/30654, "signature v3": DescribeInstances; the key in it ends in EXAMPLE."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Host": "cvm.tencentcloudapi.com"}
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    key_id = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
    assert tc3("cvm", headers, body, key_id, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", 1_551_113_065_000) == (
        f"TC3-HMAC-SHA256 Credential={key_id}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def test_a_query_is_encoded_as_the_signature_wants_it() -> None:
    assert canonical_query({"b": "a b*c~d/e", "a": "冷藏柜"}) == "a=%E5%86%B7%E8%97%8F%E6%9F%9C&b=a%20b%2Ac~d%2Fe"
