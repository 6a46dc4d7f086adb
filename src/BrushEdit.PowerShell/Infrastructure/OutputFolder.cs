namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Makes the folders that files are written to.</summary>
internal static class OutputFolder
{
    /// <summary>Makes a folder if it is missing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="parameter">The parameter that can name another folder, for the remedy.</param>
    /// <exception cref="EditException">It cannot be made.</exception>
    public static void Make(string path, string parameter = "Directory")
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The folder '{path}' cannot be made ({fault.Message}).", $"Give another -{parameter}.", path, fault);
        }
    }
}
