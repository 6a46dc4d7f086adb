namespace BrushEdit.PowerShell;

/// <summary>Faults of files that share a name in a batch's output folder.</summary>
internal static class BatchFiles
{
    /// <summary>Two inputs would be written to one file.</summary>
    /// <param name="input">The later one.</param>
    /// <param name="other">The one that has the name.</param>
    /// <param name="file">The file.</param>
    public static EditException Shared(string input, string other, string file) => new(
        EditFault.CannotWrite, $"'{input}' and '{other}' would both be written to '{file}'.", "Give each folder of pictures an output folder of its own.", input);
}
