using BrushEdit.Batching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;

namespace BrushEdit.PowerShell;

/// <summary>A file on its way through a batch, with what each stage made of it.</summary>
/// <param name="input">The file.</param>
/// <param name="instructions">What is to be done to it.</param>
/// <param name="options">How: what its row says included.</param>
/// <param name="settings">The digest of everything that decides its result.</param>
internal sealed class BatchItem(BatchInput input, IReadOnlyList<string> instructions, EditOptions options, string settings)
{
    /// <summary>The file; looked at again when it is read.</summary>
    public BatchInput Input { get; set; } = input;

    /// <summary>What is to be done to it.</summary>
    public IReadOnlyList<string> Instructions => instructions;

    /// <summary>How it is edited; the seed that was asked for, or none.</summary>
    public EditOptions Options => options;

    /// <summary>The digest of everything that decides its result.</summary>
    public string Settings => settings;

    /// <summary>The edit: as it was given, then as it was read, then as the networks left it; null once it is written.</summary>
    public ImageEdit? Edit { get; set; }

    /// <summary>Gives a picture its mask; null if no mask was given. Called on any thread.</summary>
    public Func<Picture, Mask>? Mask { get; init; }

    /// <summary>The files that are to be written.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>What may be done with files that are in the outputs' places.</summary>
    public WriteRule Rule { get; init; } = WriteRule.CreateNew;

    /// <summary>Called when the networks' side has taken it up, so that the next picture may come; null for a file that is read only then.</summary>
    public Action? TakenUp { get; init; }

    /// <summary>Why there is nothing to edit in it; null if there is.</summary>
    public EditException? NotFound { get; set; }

    /// <summary>How long the networks took.</summary>
    public TimeSpan Time { get; set; }

    /// <summary>What is handed down the pipeline; null before it is written.</summary>
    public EditedFile? Result { get; set; }
}
