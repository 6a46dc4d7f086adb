using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The prompts for the mask decoder: B pictures with P prompts each, all of one form. Coordinates are pixels of the encoder's square input; a pixel's
/// index denotes its centre.
/// </summary>
/// <param name="Points">(B, P, N, 2), x and y; null for none.</param>
/// <param name="Labels">
/// (B, P, N), 64-bit: <see cref="Foreground"/>, <see cref="Background"/>, <see cref="NotAPoint"/> or <see cref="Padding"/>; present if and only if
/// points are.
/// </param>
/// <param name="Boxes">(B, P, 4), left, top, right, bottom; null for none.</param>
/// <param name="Masks">(B, 1, L, L), one for all of a picture's prompts, or (B x P, 1, L, L), where L is
/// <see cref="SamConfig.LowResolutionSize"/>; logits, positive inside; null for none.</param>
public sealed record SamPrompt(Tensor? Points = null, Tensor? Labels = null, Tensor? Boxes = null, Tensor? Masks = null)
{
    /// <summary>Label of a point on the object.</summary>
    public const long Foreground = 1;

    /// <summary>Label of a point that is not on the object.</summary>
    public const long Background = 0;

    /// <summary>Label of a token that stands for "no point here" and has its own learned embedding.</summary>
    public const long NotAPoint = -1;

    /// <summary>Label that pads a shorter list of points; its embedding is zero.</summary>
    public const long Padding = -10;
}

/// <summary>Embeds coordinates by sines and cosines of random frequencies (Tancik et al., arXiv 2006.10739).</summary>
public sealed class SamPositionalEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Tensor positional_embedding;

    /// <summary>Draws the frequencies from a standard normal distribution, as the original does.</summary>
    /// <param name="frequencies">F.</param>
    /// <param name="device">The device.</param>
    /// <param name="dtype">Their type.</param>
    public SamPositionalEmbedding(int frequencies, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamPositionalEmbedding))
    {
        positional_embedding = randn([2, frequencies], device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Type of the embedding it returns.</summary>
    internal ScalarType Type => positional_embedding.dtype;

    /// <summary>The device of its tensor.</summary>
    internal Device Device => positional_embedding.device;

    /// <summary>
    /// Embeds coordinates; computed in single precision whatever the weights' type, because half precision is as coarse as a pixel.
    /// </summary>
    /// <param name="input">(..., 2), x and y as fractions of the side, 0 to 1.</param>
    /// <returns>(..., 2 F).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor angles = input.to(ScalarType.Float32).Times(2).Minus(1).matmul(positional_embedding.to(ScalarType.Float32)).Times(2 * Math.PI);
        return cat([angles.sin(), angles.cos()], -1).to(positional_embedding.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The embedding of every cell's centre of a square grid: (1, 2 F, side, side).</summary>
    /// <param name="side">Cells along a side.</param>
    public Tensor Grid(int side)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor centres = arange(Scalars.Of(side), dtype: ScalarType.Float32, device: positional_embedding.device).Plus(0.5).Over(side);
        Tensor x = centres.unsqueeze(0).expand(side, side);
        Tensor y = centres.unsqueeze(1).expand(side, side);
        return forward(stack([x, y], -1)).permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }
}

/// <summary>Encodes a rough mask to the image embedding's size and width.</summary>
public sealed class SamMaskEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly Conv2d conv3;
    private readonly SamLayerNorm layer_norm1;
    private readonly SamLayerNorm layer_norm2;

    /// <summary>Builds the layers.</summary>
    /// <param name="config">The prompt encoder's configuration.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamMaskEmbedding(SamPromptEncoderConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamMaskEmbedding))
    {
        int channels = config.MaskInputChannels;
        conv1 = nn.Conv2d(1, channels / 4, 2, 2, device: device, dtype: dtype);
        conv2 = nn.Conv2d(channels / 4, channels, 2, 2, device: device, dtype: dtype);
        conv3 = nn.Conv2d(channels, config.HiddenSize, 1, device: device, dtype: dtype);
        layer_norm1 = new SamLayerNorm(channels / 4, config.LayerNormEps, device, dtype);
        layer_norm2 = new SamLayerNorm(channels, config.LayerNormEps, device, dtype);
        RegisterComponents();
    }

    /// <summary>Embeds masks.</summary>
    /// <param name="input">(B, 1, 4 h, 4 w), logits.</param>
    /// <returns>(B, C, h, w).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = nn.functional.gelu(layer_norm1.forward(conv1.forward(input)));
        hidden = nn.functional.gelu(layer_norm2.forward(conv2.forward(hidden)));
        return conv3.forward(hidden).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>Turns prompts into tokens (points, boxes) and into a picture-shaped embedding (masks).</summary>
public sealed class SamPromptEncoder : nn.Module<SamPrompt, (Tensor? Sparse, Tensor Dense)>
{
    private readonly SamPositionalEmbedding shared_embedding;
    private readonly SamMaskEmbedding mask_embed;
    private readonly Embedding no_mask_embed;
    private readonly ModuleList<Embedding> point_embed;
    private readonly Embedding not_a_point_embed;
    private readonly SamPromptEncoderConfig config;

    /// <summary>Builds the encoder.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="sharedEmbedding">The coordinate embedding, shared with the image's own positions.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamPromptEncoder(SamPromptEncoderConfig config, SamPositionalEmbedding sharedEmbedding, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamPromptEncoder))
    {
        this.config = config;
        shared_embedding = sharedEmbedding;
        mask_embed = new SamMaskEmbedding(config, device, dtype);
        no_mask_embed = nn.Embedding(1, config.HiddenSize, device: device, dtype: dtype);
        point_embed = [.. Enumerable.Range(0, 4).Select(_ => nn.Embedding(1, config.HiddenSize, device: device, dtype: dtype))];
        not_a_point_embed = nn.Embedding(1, config.HiddenSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Embeds prompts.</summary>
    /// <param name="prompt">The prompts.</param>
    /// <returns>
    /// Sparse: (B, P, tokens, C), null if neither points nor boxes are given. Dense: (D, C, h, w), where D is the number of
    /// mask prompts, B or B x P, and 1 if there are none.
    /// </returns>
    /// <exception cref="ArgumentException">Points have no labels, or a tensor has the wrong shape.</exception>
    public override (Tensor? Sparse, Tensor Dense) forward(SamPrompt prompt)
    {
        Check(prompt);
        using DisposeScope scope = NewDisposeScope();
        Tensor? sparse = null;
        if (prompt.Points is not null)
        {
            // Points without a box end with a token that is not a point, in place of the box.
            sparse = Points(prompt.Points, prompt.Labels!, pad: prompt.Boxes is null);
        }

        if (prompt.Boxes is not null)
        {
            Tensor corners = Corners(prompt.Boxes);
            sparse = sparse is null ? corners : cat([sparse, corners], 2);
        }

        int side = config.ImageSize / config.PatchSize;
        Tensor dense = prompt.Masks is not null
            ? mask_embed.forward(prompt.Masks.to(shared_embedding.Device).to(shared_embedding.Type))
            : no_mask_embed.weight!.view(1, -1, 1, 1).expand(1, -1, side, side);
        return (sparse?.MoveToOuterDisposeScope(), dense.MoveToOuterDisposeScope());
    }

    private Tensor Points(Tensor points, Tensor labels, bool pad)
    {
        Tensor at = At(points);
        labels = labels.to(at.device);
        if (pad)
        {
            (long batch, long prompts) = (labels.shape[0], labels.shape[1]);
            at = cat([at, zeros([batch, prompts, 1, 2], dtype: at.dtype, device: at.device)], 2);
            labels = cat([labels, full([batch, prompts, 1], Scalars.Of(SamPrompt.NotAPoint), dtype: labels.dtype, device: labels.device)], 2);
        }

        // If a label is not a point, the coordinates are ignored.
        Tensor label = labels.unsqueeze(-1);
        Tensor embedding = shared_embedding.forward(at);
        Tensor nothing = zeros_like(embedding);
        embedding = where(label.eq(Scalars.Of(SamPrompt.NotAPoint)), not_a_point_embed.weight!, where(label.eq(Scalars.Of(SamPrompt.Padding)), nothing, embedding));
        embedding = embedding.Plus(where(label.eq(Scalars.Of(SamPrompt.Background)), point_embed[0].weight!, nothing));
        return embedding.Plus(where(label.eq(Scalars.Of(SamPrompt.Foreground)), point_embed[1].weight!, nothing));
    }

    private Tensor Corners(Tensor boxes)
    {
        Tensor at = At(boxes.reshape(boxes.shape[0], boxes.shape[1], 2, 2));
        return shared_embedding.forward(at).Plus(cat([point_embed[2].weight!, point_embed[3].weight!], 0));
    }

    /// <summary>Pixels, taken at their centres, as fractions of the side.</summary>
    private Tensor At(Tensor pixels) => pixels.to(shared_embedding.Device).to(ScalarType.Float32).Plus(0.5).Over(config.ImageSize);

    private void Check(SamPrompt prompt)
    {
        if ((prompt.Points is null) != (prompt.Labels is null))
        {
            throw new ArgumentException("Points need labels, and labels need points.", nameof(prompt));
        }

        long low = 4L * (config.ImageSize / config.PatchSize);
        Require(prompt.Points is null || (prompt.Points.dim() == 4 && prompt.Points.shape[3] == 2), "Points", prompt.Points, "(B, P, N, 2)");
        Require(prompt.Labels is null || prompt.Labels.shape.SequenceEqual(prompt.Points!.shape.Take(3)), "Labels", prompt.Labels, "(B, P, N) as their points");
        Require(prompt.Boxes is null || (prompt.Boxes.dim() == 3 && prompt.Boxes.shape[2] == 4), "Boxes", prompt.Boxes, "(B, P, 4)");
        Require(
            prompt.Masks is null || (prompt.Masks.dim() == 4 && prompt.Masks.shape[1] == 1 && prompt.Masks.shape[2] == low && prompt.Masks.shape[3] == low),
            "Masks",
            prompt.Masks,
            $"(B, 1, {low}, {low})");
        Require(
            prompt.Points is null || prompt.Boxes is null || prompt.Points.shape.Take(2).SequenceEqual(prompt.Boxes.shape.Take(2)),
            "Boxes",
            prompt.Boxes,
            "as many as the points have prompts");
        Require(prompt.Points is not null || prompt.Boxes is not null || prompt.Masks is not null, "A prompt", null, "at least one of points, boxes and masks");

        static void Require(bool holds, string what, Tensor? tensor, string expected)
        {
            if (!holds)
            {
                string found = tensor is null ? "nothing" : $"({string.Join(", ", tensor.shape)})";
                throw new ArgumentException($"{what} must be {expected}, not {found}.", nameof(prompt));
            }
        }
    }
}
