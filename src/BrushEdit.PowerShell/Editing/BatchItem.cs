using BrushEdit.Batching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;

namespace BrushEdit.PowerShell;

/// <summary>A file on its way through a batch, with the output of each stage.</summary>
/// <param name="input">The file.</param>
/// <param name="instructions">The instructions for it.</param>
/// <param name="options">The options, including the values of its row.</param>
/// <param name="settings">The digest of everything that decides its result.</param>
internal sealed class BatchItem(BatchInput input, IReadOnlyList<string> instructions, EditOptions options, string settings)
{
    /// <summary>The file; checked again when it is read.</summary>
    public BatchInput Input { get; set; } = input;

    /// <summary>The instructions for it.</summary>
    public IReadOnlyList<string> Instructions => instructions;

    /// <summary>The options of the edit; with the requested seed, if any.</summary>
    public EditOptions Options => options;

    /// <summary>The digest of everything that decides its result.</summary>
    public string Settings => settings;

    /// <summary>The edit: as given, then as read, then as the networks returned it; null once it is written.</summary>
    public ImageEdit? Edit { get; set; }

    /// <summary>Gives a picture its mask; null if no mask was given. Called on any thread.</summary>
    public Func<Picture, Mask>? Mask { get; init; }

    /// <summary>The files to write.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>How to treat existing files at the output paths.</summary>
    public WriteRule Rule { get; init; } = WriteRule.CreateNew;

    /// <summary>Called when the networks start on the item, so that the next picture may follow; null for a file that is read only then.</summary>
    public Action? TakenUp { get; init; }

    /// <summary>Why there is nothing to edit in it; null if there is something to edit.</summary>
    public EditException? NotFound { get; set; }

    /// <summary>How long the networks took.</summary>
    public TimeSpan Time { get; set; }

    /// <summary>The pipeline output; null before the file is written.</summary>
    public EditedFile? Result { get; set; }
}
