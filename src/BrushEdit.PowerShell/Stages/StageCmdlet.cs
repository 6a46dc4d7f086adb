using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Orchestrating;

namespace BrushEdit.PowerShell;

/// <summary>A stage of the chain: takes edits, pictures or files, adds its part to each, and passes it on.</summary>
public abstract class StageCmdlet : PictureCmdlet
{
    /// <summary>Repeats stages that are already done.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    private protected override void Process(SourceItem item) => WriteObject(Complete(Open(item)).ToArray(), enumerateCollection: true);

    /// <summary>Adds the stage's part.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <returns>The pipeline output; nothing if <c>-WhatIf</c> skips the stage.</returns>
    protected abstract IEnumerable<ImageEdit> Complete(ImageEdit edit);

    /// <summary>Runs a stage on the compute thread; shows its messages, and writes the warnings it adds.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="stage">The stage.</param>
    private protected ImageEdit RunStage(ImageEdit edit, IEditStage stage) => RunStage(edit, Force, context => [stage.Complete(edit, context)])[0];
}
