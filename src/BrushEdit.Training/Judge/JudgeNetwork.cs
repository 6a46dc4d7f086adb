using BrushEdit.Modeling;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>A CLIP in training: both encoders, and the logarithm of the factor that its cosine similarities are multiplied by.</summary>
public sealed class JudgeNetwork : nn.Module
{
    private readonly Parameter logit_scale;

    /// <summary>A network with random weights.</summary>
    /// <param name="text">The text encoder's configuration.</param>
    /// <param name="vision">The picture encoder's configuration.</param>
    public JudgeNetwork(ClipTextConfig text, ClipVisionConfig vision)
        : base("judge")
    {
        Text = new ClipTextModel(text);
        Vision = new ClipVisionModel(vision);
        logit_scale = new Parameter(tensor((float)Math.Log(10)));
        register_module("text", Text);
        register_module("vision", Vision);
        register_parameter("logit_scale", logit_scale);
        Initialize();
    }

    /// <summary>The text encoder, with its projection.</summary>
    public ClipTextModel Text { get; }

    /// <summary>The picture encoder, with its projection.</summary>
    public ClipVisionModel Vision { get; }

    /// <summary>The tensors under the names of CLIP's checkpoints.</summary>
    public IReadOnlyDictionary<string, Tensor> Published()
    {
        Dictionary<string, Tensor> all = new(StringComparer.Ordinal);
        foreach ((string name, Tensor weight) in state_dict())
        {
            all[name.StartsWith("text.", StringComparison.Ordinal) ? name[5..] : name.StartsWith("vision.", StringComparison.Ordinal) ? name[7..] : name] = weight;
        }

        return all;
    }

    /// <summary>The factor times the cosine of every picture with every text.</summary>
    /// <param name="pixels">(B, 3, side, side), normalised.</param>
    /// <param name="ids">(T, n): token ids, padded with the end token.</param>
    /// <returns>(B, T).</returns>
    public Tensor Logits(Tensor pixels, Tensor ids)
    {
        Tensor seen = Unit(Vision.forward(pixels));
        Tensor said = Unit(Text.forward(ids).TextEmbeds!);
        return seen.matmul(said.t()) * logit_scale.clamp(max: Math.Log(100)).exp();
    }

    private static Tensor Unit(Tensor x) => x / x.square().sum([-1], keepdim: true).add(1e-8).sqrt();

    // Otherwise embeddings start with a standard deviation of 1, which drowns what is added to them.
    private void Initialize()
    {
        using IDisposable noGradients = no_grad();
        foreach ((string name, Parameter weight) in named_parameters())
        {
            if (name.Contains("embedding", StringComparison.Ordinal) && !name.Contains("patch", StringComparison.Ordinal))
            {
                nn.init.normal_(weight, 0, 0.02);
            }
        }
    }
}
