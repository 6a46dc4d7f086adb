namespace BrushEdit.PowerShell;

/// <summary>Faults of files that share a name in a batch's output folder.</summary>
internal static class BatchFiles
{
    /// <summary>Two inputs would be written to one file.</summary>
    /// <param name="input">The later input.</param>
    /// <param name="other">The input that already uses the name.</param>
    /// <param name="file">The file.</param>
    public static EditException Shared(string input, string other, string file) => new(
        EditFault.CannotWrite, $"'{input}' and '{other}' would both be written to '{file}'.", "Give each folder of pictures its own output folder, or name the files with -Output.", input);

    /// <summary>One input is named twice, as in two rows of a table, and both results would be written to one file.</summary>
    /// <param name="input">The input.</param>
    /// <param name="file">The file.</param>
    public static EditException Twice(string input, string file) => new(
        EditFault.CannotWrite, $"'{input}' is given twice, and both results would be written to '{file}'.", "Give each its own -Output: a column Output in the table.", input);
}
