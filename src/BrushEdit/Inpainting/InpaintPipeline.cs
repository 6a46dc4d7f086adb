using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Modeling;

namespace BrushEdit.Inpainting;

/// <summary>
/// Fills the masked part of pictures according to their captions: crop around the mask, caption to context, masked picture to
/// condition, noise to latent, latent to pixels, pixels into the picture. A picture that is filled alone is a group of one.
/// </summary>
/// <param name="model">The networks.</param>
public sealed class InpaintPipeline(IInpaintModel model)
{
    // Halved if a group does not fit into memory.
    private int mostTogether = int.MaxValue;

    /// <summary>The number of a picture's samples that share a pass through the networks; null for the device's default.</summary>
    internal int? SamplesTogether { get; init; }

    /// <summary>Fills a picture's mask, once for every requested sample.</summary>
    /// <param name="picture">The picture; it is not changed.</param>
    /// <param name="mask">White = edit; of the picture's size, not empty.</param>
    /// <param name="settings">Everything else.</param>
    /// <param name="progress">Receives stage, step and previews, on the calling thread; null for none.</param>
    /// <param name="cancellation">Stops the work within one step.</param>
    /// <returns>The samples in the order of their seeds, with warnings.</returns>
    /// <exception cref="EditException">A setting is out of range, or the mask does not fit or is empty.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default) =>
        Group([FillJob.Plan(model, new FillRequest(picture, mask, settings, progress))]).Run(cancellation)[0];

    /// <summary>Fills the masks of several pictures; pictures of one work size share the passes through U-Net and branch.</summary>
    /// <param name="requests">The fills; each has its own caption, seed and noise.</param>
    /// <param name="cancellation">Stops the work within one step.</param>
    /// <returns>For each request its outcome, or the reason for its failure, which does not affect the others.</returns>
    /// <remarks>
    /// Requests form a group if they agree in work size, samples, steps, sampler, guidance and conditioning. In a group of several a
    /// picture's result does not depend on its neighbours except for rounding: the kernels may add in another order at another batch size.
    /// Text and autoencoder run picture by picture in any case.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        FillAnswer[] answers = new FillAnswer[requests.Count];
        List<(FillJob Job, int Place)> planned = [];
        for (int index = 0; index < requests.Count; index++)
        {
            int place = index;
            answers[place] = FillAnswer.Of(() =>
            {
                planned.Add((FillJob.Plan(model, requests[place]), place));
                return null;
            });
        }

        foreach (IGrouping<(int, int, InpaintSettings), (FillJob Job, int Place)> group in planned.GroupBy(one => one.Job.Shared))
        {
            foreach ((FillJob Job, int Place)[] members in group.Chunk(mostTogether))
            {
                FillInto(answers, members, cancellation);
            }
        }

        return answers;
    }

    private FillGroup Group(IReadOnlyList<FillJob> jobs) => new(model, jobs) { SamplesTogether = SamplesTogether ?? FillGroup.UsualSamplesTogether(model) };

    /// <summary>Fills a group; if that fails, fills it in two halves, so that a fault is reported only for the picture that causes it.</summary>
    private void FillInto(FillAnswer[] answers, (FillJob Job, int Place)[] members, CancellationToken cancellation)
    {
        try
        {
            IReadOnlyList<InpaintOutcome> outcomes = Group([.. members.Select(one => one.Job)]).Run(cancellation);
            for (int i = 0; i < members.Length; i++)
            {
                answers[members[i].Place] = new FillAnswer(outcomes[i], null);
            }
        }
#pragma warning disable CA1031 // Smaller groups may succeed; if a picture fails alone, the fault is its own.
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (members.Length == 1)
            {
                answers[members[0].Place] = new FillAnswer(null, fault);
                return;
            }

            int half = (members.Length + 1) / 2;
            mostTogether = DeviceMemory.IsExhausted(fault) ? Math.Min(mostTogether, half) : mostTogether;
            FillInto(answers, members[..half], cancellation);
            FillInto(answers, members[half..], cancellation);
        }
    }
}
