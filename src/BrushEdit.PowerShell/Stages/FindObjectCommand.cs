using System.Management.Automation;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Orchestrating;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Find-Object</c>: finds the objects in pictures that words name.</summary>
[Cmdlet(VerbsCommon.Find, "Object")]
[OutputType(typeof(ImageEdit))]
public sealed class FindObjectCommand : NetworkStageCmdlet
{
    private SessionFinder? finder;

    /// <summary>What to look for.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Target", "Phrase")]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? Text { get; set; }

    /// <summary>The single score threshold for boxes.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Threshold { get; set; }

    /// <summary>Every box that passes.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>The most boxes for each phrase.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? Top { get; set; }

    /// <summary>The detector: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DetectorCompleter))]
    public string? Model { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            if (All && Top is not null)
            {
                throw new EditException(EditFault.BadArgument, "-All and -Top are both given.", "Give -All or -Top.", Top);
            }
        });
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        finder ??= new SessionFinder(Model, Lender, new PathResolver(SessionState));

        // A scene passes an empty target if its edit has none; an empty text that was typed is a mistake.
        bool given = IsTyped(nameof(Text)) || Text?.Any(text => !string.IsNullOrWhiteSpace(text)) == true;
        return [RunStage(edit, new FindStage(finder, given ? Text ?? [] : null, new DetectionOptions { Threshold = Threshold, All = All, Top = Top }))];
    }
}
