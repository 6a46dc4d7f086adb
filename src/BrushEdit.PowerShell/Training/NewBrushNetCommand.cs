using System.Management.Automation;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Training;

namespace BrushEdit.PowerShell;

/// <summary><c>New-BrushNet</c>: makes the initial branch for training from a base model.</summary>
[Cmdlet(VerbsCommon.New, "BrushNet", SupportsShouldProcess = true)]
[OutputType(typeof(EditModel))]
public sealed class NewBrushNetCommand : EditCmdlet
{
    /// <summary>The folder it is written to.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string OutputPath { get; set; } = "";

    /// <summary>The base model: a name or a path.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <summary>Which outputs it has and where they are added.</summary>
    [Parameter]
    public BrushNetVariant Variant { get; set; }

    /// <summary>Keeps the base's attention layers, including cross-attention over the text.</summary>
    [Parameter]
    public SwitchParameter Attention { get; set; }

    /// <summary>Replaces an existing branch.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Attempt(OutputPath, Make);

    private void Make()
    {
        PathResolver paths = new(SessionState);
        string folder = paths.Output(OutputPath);
        ModelFiles model = ModelCatalog.CreateDefault().Open(ModelChoice.Of(Model, null, null, paths).Base, ModelKind.StableDiffusion);
        WriteRule rule = WriteRule.For(Force, new InputFiles(model.WeightFiles(ModelPart.Unet)));
        rule.Check(Path.Combine(folder, BranchFolder.WeightsName));
        if (!ShouldProcess(folder, $"Write a new BrushNet ({Variant}{(Attention ? ", with attention" : "")}) made from '{model.Name}'"))
        {
            return;
        }

        Work(feed =>
        {
            using BrushNetModel branch = BranchMaker.New(model, Variant, Attention);
            feed.Cancellation.ThrowIfCancellationRequested();
            BranchFolder.Write(folder, branch, null, rule);
            return true;
        });
        WriteObject(EditModel.Of(ModelFiles.Open(folder).Describe(Path.GetFileName(folder))));
    }
}
