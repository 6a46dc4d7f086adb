"""Times guided steps of the reference networks with random weights, in half precision on a GPU, and prints them as JSON.

The U-Net is that of diffusers at the published size of Stable Diffusion 1.5. The branch is BrushNet as its authors' fork of diffusers has it; where
another diffusers is installed, the U-Net alone is timed. As the authors' pipeline does, the branch runs for both halves of a guided step.
"""

import json
import time

import torch
from diffusers import UNet2DConditionModel

SIDE, WARM_UP, TIMED = 64, 3, 20


def milliseconds(step):
    """The mean of TIMED steps after WARM_UP of them."""
    for _ in range(WARM_UP):
        step()
    torch.cuda.synchronize()
    begin = time.perf_counter()
    for _ in range(TIMED):
        step()
    torch.cuda.synchronize()
    return (time.perf_counter() - begin) * 1000 / TIMED


def main():
    """Measures each batch size with the branch, where there is one, and without."""
    torch.manual_seed(1)
    device, kind = "cuda", torch.float16
    unet = UNet2DConditionModel(cross_attention_dim=768).to(device, kind).eval()
    branch = None
    try:
        from diffusers import BrushNetModel

        branch = BrushNetModel.from_unet(unet).to(device, kind).eval()
    except ImportError:
        pass

    measured = {}
    with torch.inference_mode():
        for pictures in (1, 4, 8):
            rows = 2 * pictures
            latent = torch.randn(rows, 4, SIDE, SIDE, device=device, dtype=kind)
            condition = torch.randn(rows, 5, SIDE, SIDE, device=device, dtype=kind)
            text = torch.randn(rows, 77, 768, device=device, dtype=kind)
            timestep = torch.tensor(500, device=device)

            def alone():
                unet(latent, timestep, encoder_hidden_states=text)

            def both():
                down, middle, up = branch(latent, timestep, encoder_hidden_states=text, brushnet_cond=condition, return_dict=False)
                unet(latent, timestep, encoder_hidden_states=text, down_block_add_samples=down, mid_block_add_sample=middle, up_block_add_samples=up)

            measured[f"guided step, U-Net alone, {pictures} picture(s), ms"] = milliseconds(alone)
            if branch is not None:
                measured[f"guided step, branch and U-Net, {pictures} picture(s), ms"] = milliseconds(both)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
