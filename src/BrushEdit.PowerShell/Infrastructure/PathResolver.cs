using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Turns what the user typed for <c>-Path</c> (wildcards, relative to the current location) or <c>-LiteralPath</c> into full
/// names of files. A path that cannot be resolved is reported separately, and the others are still returned.
/// </summary>
/// <param name="session">The session the cmdlet runs in; it knows the current location and the drives.</param>
internal sealed class PathResolver(SessionState session)
{
    /// <summary>The files that a list of paths denotes, each with its fault if any, in the order given.</summary>
    /// <param name="paths">What the user typed.</param>
    /// <param name="literal">True if <c>*</c>, <c>?</c> and brackets are parts of names.</param>
    /// <returns>A full name and no fault, or the path as typed and its fault. A returned name's file exists, and is not a folder.</returns>
    public IEnumerable<(string Path, EditException? Fault)> Files(IEnumerable<string> paths, bool literal)
    {
        foreach (string path in paths)
        {
            IReadOnlyList<string> found = [];
            EditException? fault = null;
            try
            {
                found = literal ? [Output(path)] : Matches(path);
            }
            catch (EditException caught)
            {
                fault = caught;
            }

            if (fault is not null)
            {
                yield return (path, fault);
            }

            foreach (string file in found)
            {
                yield return (file, Missing(path, file));
            }
        }
    }

    /// <summary>The full name of a path that need not exist, for output.</summary>
    /// <param name="path">What the user typed; no wildcards.</param>
    /// <exception cref="EditException">The path is malformed or not on a file system.</exception>
    public string Output(string path)
    {
        try
        {
            string full = session.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            RequireFiles(path, provider);
            return full;
        }
        catch (Exception fault) when (IsPathFault(fault))
        {
            throw new EditException(EditFault.NotFound, fault.Message, target: path, inner: fault);
        }
    }

    private IReadOnlyList<string> Matches(string path)
    {
        IReadOnlyList<string> found;
        try
        {
            found = session.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            RequireFiles(path, provider);
        }
        catch (ItemNotFoundException fault)
        {
            throw new EditException(EditFault.NotFound, $"There is no file '{path}'.", "Check the path's spelling and the current location.", path, fault);
        }
        catch (Exception fault) when (IsPathFault(fault))
        {
            throw new EditException(EditFault.NotFound, fault.Message, target: path, inner: fault);
        }

        if (found.Count == 0)
        {
            throw new EditException(
                EditFault.NotFound, $"No file matches '{path}'.", "Give a name that contains brackets with -LiteralPath.", path);
        }

        // A pattern denotes files: matching folders are skipped, unless only folders match.
        if (WildcardPattern.ContainsWildcardCharacters(path))
        {
            string[] files = found.Where(File.Exists).Order(StringComparer.Ordinal).ToArray();
            found = files.Length > 0 ? files : found;
        }

        return found;
    }

    private static EditException? Missing(string typed, string file)
    {
        if (File.Exists(file))
        {
            return null;
        }

        return Directory.Exists(file)
            ? new EditException(EditFault.NotFound, $"'{file}' is a folder.", $"Give its files: '{Path.Combine(typed, "*")}'.", typed)
            : new EditException(EditFault.NotFound, $"There is no file '{file}'.", "Check the path's spelling and the current location.", typed);
    }

    private static void RequireFiles(string path, ProviderInfo provider)
    {
        if (provider.Name != "FileSystem")
        {
            throw new EditException(
                EditFault.NotFound, $"'{path}' is on the provider '{provider.Name}', not on a file system.", "Give the path of a file.", path);
        }
    }

    private static bool IsPathFault(Exception fault) =>
        fault is SessionStateException or NotSupportedException or ArgumentException or ProviderInvocationException or PSInvalidOperationException;
}
