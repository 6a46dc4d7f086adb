using System.Management.Automation;
using System.Security.Cryptography;
using BrushEdit.Editing;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Synthesizing;

namespace BrushEdit.PowerShell;

/// <summary><c>New-ToyScene</c>: draws scenes from a seed, each with an edit whose true result is known.</summary>
[Cmdlet(VerbsCommon.New, "ToyScene")]
[OutputType(typeof(ToySceneEdit))]
public sealed class NewToySceneCommand : EditCmdlet
{
    /// <summary>The first scene's seed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SeedTransformation]
    public long? Seed { get; set; }

    /// <summary>How many scenes; their seeds are consecutive.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int Count { get; set; } = 1;

    /// <summary>Pixels across.</summary>
    [Parameter]
    [ValidateRange(ToySceneOptions.MinSide, ToySceneOptions.MaxSide)]
    public int Width { get; set; } = 128;

    /// <summary>Pixels down.</summary>
    [Parameter]
    [ValidateRange(ToySceneOptions.MinSide, ToySceneOptions.MaxSide)]
    public int Height { get; set; } = 128;

    /// <summary>The kind of edit.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EditTypeTransformation]
    public EditType? EditType { get; set; } = Editing.EditType.Remove;

    /// <summary>The family of scenes.</summary>
    [Parameter]
    public SceneSplit Split { get; set; } = SceneSplit.Train;

    /// <summary>Fewest objects.</summary>
    [Parameter]
    [ValidateRange(0, ToySceneOptions.MostObjects)]
    public int MinObjects { get; set; } = 1;

    /// <summary>Most objects.</summary>
    [Parameter]
    [ValidateRange(0, ToySceneOptions.MostObjects)]
    public int MaxObjects { get; set; } = ToySceneOptions.MostObjects;

    /// <summary>The background.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BackgroundCompleter))]
    public string? Background { get; set; }

    /// <summary>The light.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LightCompleter))]
    public string? Light { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        ToySceneOptions options = new()
        {
            Width = Width,
            Height = Height,
            Split = Split,
            MinObjects = MinObjects,
            MaxObjects = MaxObjects,
            Background = Background,
            Light = Light,
        };
        long first = Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        if (first > long.MaxValue - (Count - 1))
        {
            Demand(() => throw new EditException(EditFault.BadArgument, $"{Count} scenes from the seed {first} exceed the last seed, {long.MaxValue}.", "Give a smaller -Seed.", first));
        }

        for (int i = 0; i < Count; i++)
        {
            Cancellation.ThrowIfStopped();
            ulong seed = (ulong)first + (ulong)i;
            ToySceneEdit? made = null;
            if (!Attempt(seed, () => made = Draw(seed, options)))
            {
                // The next scene would fail in the same way: an option is wrong.
                return;
            }

            WriteObject(made);
        }
    }

    private ToySceneEdit Draw(ulong seed, ToySceneOptions options)
    {
        ToyScene scene = ToyScene.Draw(seed, options);
        return new ToySceneEdit(scene, scene.Edit(EditType ?? Editing.EditType.Remove, seed));
    }
}
