"""Makes small pretrained-style models as their libraries save them, and their outputs.
   python make_pretrained.py            the small ones, into ../fixtures/pretrained (needs transformers and torchvision)
   python make_pretrained.py --large D  ResNet-18 and MobileNetV2 of torchvision, into the folder D (55 MB)
Their outputs go into ../fixtures/expected.json."""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import torch

# torchvision's wheel may be built against another PyTorch; its own operators are not needed here.
register_fake = torch.library.register_fake
torch.library.register_fake = lambda name, *a, **k: (
    (lambda f: f) if isinstance(name, str) and name.startswith("torchvision::") else register_fake(name, *a, **k)
)
import torchvision.models as vision

torch.library.register_fake = register_fake
from safetensors.torch import save_file
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

torch.set_num_threads(1)
here = Path(__file__).parent
expected_file = here.parent / "fixtures" / "expected.json"
expected = json.loads(expected_file.read_text())


def note(name, *tensors):
    expected["programs"][name] = [float(x) for t in tensors for x in t.flatten().tolist()]


def log_probs(logits, ids):
    """The logarithms of the probabilities of the next words."""
    return logits.log_softmax(-1)[:, :-1].gather(-1, ids[:, 1:, None])


def images(name, model, folder, size):
    model.train()
    with torch.no_grad():
        for _ in range(2):  # so that the running statistics are not the ones of the start
            model(torch.randn(2, 3, size, size))
    model.eval()
    x = torch.randn(2, 3, size, size)
    with torch.no_grad():
        note(name, model(x).log_softmax(-1))
    torch.save(model.state_dict(), folder / f"{name}.pth")
    save_file(model.state_dict(), folder / f"{name}.safetensors")
    torch.save(x, folder / f"{name}.images.pth")


def small():
    files = here.parent / "fixtures" / "pretrained"
    files.mkdir(exist_ok=True)
    torch.manual_seed(0)
    vit = vision.VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=10
    )
    torch.nn.init.normal_(vit.heads.head.weight, 0, 0.1)
    images("torchvision_vit", vit, files, 32)

    torch.manual_seed(0)
    ids = torch.randint(0, 100, (2, 12))
    torch.save({"ids": ids}, files / "ids.pth")

    gpt2 = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=100,
            n_positions=64,
            n_embd=32,
            n_layer=2,
            n_head=4,
            bos_token_id=0,
            eos_token_id=99,
            initializer_range=0.2,
        )
    ).eval()
    with torch.no_grad():
        made = gpt2.generate(ids[:1], max_new_tokens=20, do_sample=False, pad_token_id=0)
        note("hf_gpt2", log_probs(gpt2(ids).logits, ids), made)
    gpt2.save_pretrained(files / "gpt2")

    bert = BertModel(
        BertConfig(
            vocab_size=100,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
            max_position_embeddings=64,
        )
    ).eval()
    mask = torch.ones_like(ids)
    mask[1, 8:] = 0
    with torch.no_grad():
        last, pooled = bert(ids, attention_mask=mask)[:2]
        note("hf_bert", last[:, :8].abs().mean(-1), pooled.abs().mean(-1))
    bert.save_pretrained(files / "bert")

    config = LlamaConfig(
        vocab_size=100,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        initializer_range=0.1,
        bos_token_id=1,
        eos_token_id=2,
    )
    llama = LlamaForCausalLM(config).to(torch.bfloat16)
    wide = LlamaForCausalLM(config)
    wide.load_state_dict({k: v.float() for k, v in llama.state_dict().items()})
    wide.eval()
    with torch.no_grad():
        made = wide.generate(ids[:1], max_new_tokens=20, do_sample=False, pad_token_id=0)
        note("hf_llama", log_probs(wide(ids).logits, ids), made)
    llama.save_pretrained(files / "llama", max_shard_size="30KB")

    t5 = T5ForConditionalGeneration(
        T5Config(vocab_size=100, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, decoder_start_token_id=0)
    ).eval()
    written = ids[:, :7]
    with torch.no_grad():
        note("hf_t5", log_probs(t5(input_ids=ids, decoder_input_ids=written).logits, written))
    t5.save_pretrained(files / "t5")
    for extra in files.glob("*/generation_config.json"):
        extra.unlink()


def large(folder):
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    images("torchvision_resnet18", vision.resnet18(num_classes=10), folder, 64)
    torch.manual_seed(0)
    images("torchvision_mobilenet_v2", vision.mobilenet_v2(num_classes=10), folder, 64)


large(Path(sys.argv[2])) if sys.argv[1:2] == ["--large"] else small()
lines = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in expected["programs"].items())
expected_file.write_text(f'{{"torch":"2.13.0","programs":{{\n{lines}}}}}\n')
