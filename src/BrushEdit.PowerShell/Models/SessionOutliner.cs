using BrushEdit.Caching;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Segmenting;

namespace BrushEdit.PowerShell;

/// <summary>The segmenter that a user has chosen, borrowed from the session for each picture.</summary>
/// <param name="model">As typed; null for the usual one.</param>
/// <param name="host">Lends it.</param>
/// <param name="paths">For paths relative to the current location.</param>
/// <param name="parameter">The cmdlet's parameter that names it.</param>
internal sealed class SessionOutliner(string? model, ModelHost host, PathResolver paths, string parameter = "Model") : SessionModel, IObjectOutliner
{
    /// <summary>The same choice, borrowed from another host; its files are not looked up again.</summary>
    /// <param name="other">Lends it.</param>
    public SessionOutliner On(ModelHost other) => new(model, other, paths, parameter) { Found = Found };

    /// <inheritdoc/>
    protected override ModelFiles Find() => StageModel.Find(model, StageModel.SegmenterVariable, ModelKind.Sam, "sam-vit-base", paths, parameter);

    /// <inheritdoc/>
    public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default) => host.Lend(
        Files,
        "segmenter",
        (found, where) => Segmenter.Load(found, where.Device, where.Type, EditSession.Embeddings.Of(new LoadedModel(found.Path, "segmenter", where), Version(found.Path))),
        (Segmenter segmenter) => segmenter.Segment(picture, prompt, options, cancellation));

    // Replaced weight files have a newer time.
    private static string Version(string path)
    {
        IEnumerable<string> all = File.Exists(path) ? [path] : Directory.EnumerateFiles(path);
        return string.Join('|', all.Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {File.GetLastWriteTimeUtc(file).Ticks}"));
    }
}
