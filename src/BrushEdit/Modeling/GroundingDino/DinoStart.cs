using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Initial values for a network that is trained from scratch.</summary>
internal static class DinoStart
{
    private const double Deviation = 0.02;

    /// <summary>Xavier-uniform weights, no bias.</summary>
    public static void Xavier(Linear layer)
    {
        using IDisposable noGradients = torch.no_grad();
        Xavier(layer.weight);
        layer.bias?.zero_();
    }

    /// <summary>Xavier-uniform values.</summary>
    public static void Xavier(Tensor weight) => nn.init.xavier_uniform_(weight);

    /// <summary>Normal noise with the standard deviation that BERT and Swin start with.</summary>
    public static void Noise(Tensor weight) => nn.init.normal_(weight, 0, Deviation);

    /// <summary>Initialises every layer below a module: biases become 0, normalisations the identity, embeddings noise.</summary>
    public static void Layers(nn.Module root, Action<Tensor> weights)
    {
        foreach (nn.Module module in root.modules())
        {
            switch (module)
            {
                case Linear linear:
                    weights(linear.weight);
                    linear.bias?.zero_();
                    break;
                case Conv2d convolution:
                    weights(convolution.weight);
                    convolution.bias?.zero_();
                    break;
                case Embedding embedding:
                    Noise(embedding.weight!);
                    break;
                case GroupNorm norm:
                    norm.weight!.fill_(Scalars.One);
                    norm.bias!.zero_();
                    break;
                case LayerNorm norm:
                    norm.weight!.fill_(Scalars.One);
                    norm.bias!.zero_();
                    break;
                default:
                    break;
            }
        }
    }
}
