using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>
/// The engines that edit from caption to caption on a plain base: the picture is inverted to noise, and generated again together with an edit that
/// attends where the original does. No random numbers are used: the seed has no effect.
/// </summary>
/// <param name="kind">The engine, which determines the inversion method.</param>
/// <param name="model">The base model.</param>
internal sealed class PromptEngine(EngineKind kind, InpaintModel model) : IEditEngine
{
    /// <inheritdoc/>
    public EngineTraits Traits { get; } = EngineTraits.Of(kind);

    /// <inheritdoc/>
    public string Name => $"{kind}: {model.Name}";

    /// <inheritdoc/>
    public int NativeSide => model.NativeSide;

    /// <inheritdoc/>
    public int Factor => model.Factor;

    /// <inheritdoc/>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (kind == EngineKind.NullTextP2P && model.Device.Type != torch.ScalarType.Float32)
        {
            throw new EditException(EditFault.BadArgument, $"The gradients of the engine {kind} vanish in half precision.", "Give -Precision single.", kind);
        }

        FillFrame frame = FillFrame.Begin(Traits, model, new FillRequest(picture, mask, settings, progress));
        PromptEditSettings follow = settings.PromptEdit ?? new PromptEditSettings();
        (PromptTokens before, PromptTokens after) = model.WithText(encoders =>
            (new PromptTokens(encoders.All[0].Tokenizer, settings.CaptionBefore!), new PromptTokens(encoders.All[0].Tokenizer, settings.Caption)));
        RequireWords(before, after, follow);
        using AttentionEdit edit = AttentionEdit.Of(before, after, frame.Settings.Steps, follow, model.Device.Device);
        using WordBlend? blend = Blend(before, after, follow, frame.Settings.Steps);

        // Each with the empty prompt first, which is needed whatever the guidance.
        InpaintSettings guided = frame.Settings with { GuidanceScale = InpaintSettings.UsualGuidanceScale, PromptSyntax = PromptSyntax.Plain, CaptionSyntax = PromptSyntax.Plain };
        TextConditioning[] texts = frame.Texts(guided with { Caption = settings.CaptionBefore! }, guided);
        using TextConditioning source = texts[0];
        using TextConditioning target = texts[1];
        cancellation.ThrowIfCancellationRequested();
        frame.Job.Report(InpaintStage.Encoding, 0, 0);
        using torch.Tensor clean = Encode(frame);
        using torch.Tensor latents = model.WithUNet(unet => Edit(unet, frame, clean, source.Context, target.Context, edit, blend, cancellation));
        using torch.Tensor edited = latents.narrow(0, 1, 1);
        return frame.Outcome([frame.Finish(edited, 0)]);
    }

    private WordBlend? Blend(PromptTokens before, PromptTokens after, PromptEditSettings follow, int steps)
    {
        if (follow.BlendWords is not { } words)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor marked = torch.stack(
            [torch.tensor(PromptAlignment.Marked(before, words.Before)), torch.tensor(PromptAlignment.Marked(after, words.After))], 0);
        return new WordBlend(HostValues.Send(marked, model.Device.Device).MoveToOuterDisposeScope(), null, (int)(WordBlend.UsualStart * steps));
    }

    private static void RequireWords(PromptTokens before, PromptTokens after, PromptEditSettings follow)
    {
        if (follow.BlendWords is { } words)
        {
            RequireWord(before, words.Before, "before");
            RequireWord(after, words.After, "after");
        }

        foreach (string word in follow.WordScales.Keys)
        {
            RequireWord(after, word, "after");
        }
    }

    private static void RequireWord(PromptTokens caption, string word, string which)
    {
        if (caption.PlacesOf(word).Length == 0)
        {
            throw new EditException(
                EditFault.BadArgument, $"The caption {which} the edit, '{string.Join(' ', caption.Words)}', has no word '{word}'.", "Give one of its words exactly as written there.", word);
        }
    }

    // The posterior's mean: no random numbers are used.
    private torch.Tensor Encode(FillFrame frame) => model.WithVae(vae =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        VaePosterior posterior = frame.Codec.Encode(vae, RegionTensors.Pixels(frame.Job.Pixels));
        return posterior.Mean.to(torch.ScalarType.Float32).Times(model.ScalingFactor).MoveToOuterDisposeScope();
    });

    private torch.Tensor Edit(
        UNet2DConditionModel unet,
        FillFrame frame,
        torch.Tensor clean,
        torch.Tensor source,
        torch.Tensor target,
        AttentionEdit edit,
        WordBlend? blend,
        CancellationToken cancellation)
    {
        InpaintSettings settings = frame.Settings;
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor uncond = source.narrow(0, 0, 1);
        torch.Tensor before = source.narrow(0, 1, 1);
        torch.Tensor context = torch.cat([before, target.narrow(0, 1, 1)], 0);
        DdimPath path = new(model.Scheduler, settings.Steps);
        int steps = path.Timesteps.Count;
        int done = 0;
        Inversion inversion = new(unet, path, () =>
        {
            cancellation.ThrowIfCancellationRequested();
            frame.Job.Report(InpaintStage.Inverting, Math.Min(done++, steps), 0);
        });
        IReadOnlyList<torch.Tensor> inverted = Owned(inversion.Invert(clean, before));
        done = 0;
        IReadOnlyList<torch.Tensor>? offsets = kind == EngineKind.DirectP2P
            ? Owned(inversion.Offsets(inverted, uncond.expand(2, -1, -1), context, settings.GuidanceScale!.Value))
            : null;
        IReadOnlyList<torch.Tensor> empty = kind == EngineKind.NullTextP2P
            ? Owned(inversion.OptimizeNullText(inverted, uncond, before, settings.GuidanceScale!.Value, new NullTextOptions()))
            : [uncond];
        using PromptControl control = new(edit, keepsMaps: blend is not null);
        PromptRun run = new(unet, path) { Context = context, Uncond = empty, Guidance = settings.GuidanceScale!.Value, Offsets = offsets, Blend = blend };
        return run.Run(inverted[^1], control, (step, _) =>
        {
            cancellation.ThrowIfCancellationRequested();
            frame.Job.Report(InpaintStage.Denoising, step + 1, 0);
        }).MoveToOuterDisposeScope();

        // Freed with the scope.
        IReadOnlyList<torch.Tensor> Owned(IReadOnlyList<torch.Tensor> tensors)
        {
            foreach (torch.Tensor tensor in tensors)
            {
                scope.Attach(tensor);
            }

            return tensors;
        }
    }
}
