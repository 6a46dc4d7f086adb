using System.Management.Automation;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>A cmdlet that reads pictures, which may also be named by the first positional argument.</summary>
public abstract class PictureCmdlet : SourceCmdlet
{
    /// <summary>Paths, wildcards allowed; files, pictures, edits and scenes are accepted too.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [PictureSourceTransformation]
    public PictureSource[]? Path { get; set; }

    /// <summary>Files by their exact names.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [NamesSource]
    public string[]? LiteralPath { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        TakeWords();
        Demand(() => RefuseBoth(nameof(Path), nameof(LiteralPath), nameof(Picture)));
    }

    /// <summary>
    /// If pictures come from the pipeline, the first positional arguments are not paths:
    /// <c>Get-ChildItem *.jpg | Get-EditPlan 'remove the dog'</c>.
    /// </summary>
    /// <param name="words">The words.</param>
    /// <returns>The parameter they are meant for; null for none.</returns>
    private protected virtual string? TakeWords(string[] words) => null;

    private void TakeWords()
    {
        if (IsPiped && IsTyped(nameof(Path)) && Path is { Length: > 0 } && Path.All(word => word.File is not null) && TakeWords([.. Path.Select(word => word.File!)]) is { } meant)
        {
            Path = null;
            Recount(nameof(Path), meant);
        }
    }

    /// <inheritdoc />
    private protected override IEnumerable<PictureSource> Sources => (Path ?? []).Concat((LiteralPath ?? []).Select(PictureSource.OfLiteral)).Concat(base.Sources);
}
