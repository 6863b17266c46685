"""A writer of GGUF files with a language model of random weights: it answers nonsense, fast, and needs no download."""

import struct
from pathlib import Path

import numpy as np

EMBEDDING, FEED_FORWARD, HEADS, CONTEXT = 32, 64, 2, 4096
_UINT32, _INT32, _FLOAT32, _STRING, _ARRAY = 4, 5, 6, 8, 9
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6  # kinds of token
_ALIGNMENT = 32

# Ask it nothing but ASCII. Random bytes would not be UTF-8, and a grammar could not go on from them.
TOKENS = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(128)), "▁"]
KINDS = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 128, _NORMAL]


def write_tiny_gguf(path: Path, seed: int = 0) -> Path:
    """Write the model; `seed` gives its weights."""
    metadata = [
        _text("general.architecture", "llama"),
        _number("llama.context_length", CONTEXT),
        _number("llama.embedding_length", EMBEDDING),
        _number("llama.block_count", 1),
        _number("llama.feed_forward_length", FEED_FORWARD),
        _number("llama.attention.head_count", HEADS),
        _string("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", _FLOAT32, 1e-5),
        _text("tokenizer.ggml.model", "llama"),
        _array("tokenizer.ggml.tokens", _STRING, [_string(token) for token in TOKENS]),
        _array("tokenizer.ggml.scores", _FLOAT32, [struct.pack("<f", 0.0) for _ in TOKENS]),
        _array("tokenizer.ggml.token_type", _INT32, [struct.pack("<i", kind) for kind in KINDS]),
        _number("tokenizer.ggml.unknown_token_id", 0),
        _number("tokenizer.ggml.bos_token_id", 1),
        _number("tokenizer.ggml.eos_token_id", 2),
    ]
    square, wide = (EMBEDDING, EMBEDDING), (FEED_FORWARD, EMBEDDING)
    shapes = {
        "token_embd": (len(TOKENS), EMBEDDING),
        "output_norm": (EMBEDDING,),
        "output": (len(TOKENS), EMBEDDING),
        "blk.0.attn_norm": (EMBEDDING,),
        **{f"blk.0.attn_{part}": square for part in ("q", "k", "v", "output")},
        "blk.0.ffn_norm": (EMBEDDING,),
        "blk.0.ffn_gate": wide,
        "blk.0.ffn_up": wide,
        "blk.0.ffn_down": wide[::-1],
    }
    random, infos, data = np.random.default_rng(seed), b"", b""
    for name, shape in shapes.items():
        infos += _string(f"{name}.weight") + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *reversed(shape)) + struct.pack("<IQ", 0, len(data))
        data += _aligned(random.normal(0, 0.2, shape).astype("<f4").tobytes())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(metadata)) + b"".join(metadata) + infos
    path.write_bytes(_aligned(head) + data)
    return path


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _text(key: str, value: str) -> bytes:
    return _string(key) + struct.pack("<I", _STRING) + _string(value)


def _number(key: str, value: int) -> bytes:
    return _string(key) + struct.pack("<II", _UINT32, value)


def _array(key: str, kind: int, values: list[bytes]) -> bytes:
    return _string(key) + struct.pack("<IIQ", _ARRAY, kind, len(values)) + b"".join(values)


def _aligned(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % _ALIGNMENT)
