"""What goldens of peft's adapters share: goldens with adapters train and merge a model in the same way."""

import torch
from peft import get_peft_model_state_dict


def listed(tensors):
    return {
        name: {"shape": list(value.shape), "values": value.double().flatten().tolist()} for name, value in tensors.items()
    }


def trained_and_merged(model, x, y, rate, steps):
    """The adapters after some steps of SGD on the squared error, what the model puts out then, and its weights with them merged."""
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
    trained = {k: v.clone() for k, v in get_peft_model_state_dict(model).items()}
    last = model(x).detach().clone()
    return trained, last, model.merge_and_unload().state_dict()
