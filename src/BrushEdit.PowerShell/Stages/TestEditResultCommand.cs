using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Orchestrating;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Verifying;

namespace BrushEdit.PowerShell;

/// <summary><c>Test-EditResult</c>: judges results, and ranks samples by the verdicts.</summary>
[Cmdlet(VerbsDiagnostic.Test, "EditResult")]
[OutputType(typeof(ImageEdit))]
public sealed class TestEditResultCommand : NetworkStageCmdlet
{
    private SessionFinder? finder;
    private EditVerifier? verifier;

    /// <summary>The detector: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DetectorCompleter))]
    public string? Model { get; set; }

    /// <summary>The CLIP that decides whether a fill shows what was requested: the name or the path of its folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Judge { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        finder = new SessionFinder(Model, Lender, new PathResolver(SessionState));
        PathResolver paths = new(SessionState);
        SessionMatcher matcher = new(Judge, ModelChoice.Of(null, null, null, paths).Base, Lender, paths);
        verifier = new EditVerifier(finder, matcher);
        Demand(() =>
        {
            if (Judge is not null && matcher.Absence is { } absence)
            {
                throw absence;
            }
        });
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        if (Model is not null && finder!.Absence is { } absence)
        {
            // A model that was requested by name must exist.
            throw absence;
        }

        return [RunStage(edit, new VerifyStage(verifier!, finder!.Absence is null ? finder.Name : null))];
    }
}
