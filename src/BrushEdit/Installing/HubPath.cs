using BrushEdit.Loading;

namespace BrushEdit.Installing;

/// <summary>Refuses names that would lead out of the folder they belong in, whatever system they are used on.</summary>
internal static class HubPath
{
    /// <summary>Checks a single name: of a model, a branch, a commit.</summary>
    public static void RequireName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!IsPlain(name))
        {
            throw Refused(name);
        }
    }

    /// <summary>Checks owner and name.</summary>
    public static void RequireRepository(string repository)
    {
        ArgumentException.ThrowIfNullOrEmpty(repository);
        if (repository.Split('/') is not [{ } owner, { } name] || !IsPlain(owner) || !IsPlain(name))
        {
            throw Refused(repository);
        }
    }

    /// <summary>Checks a file path below a folder; refuses pickled checkpoints.</summary>
    public static void RequireFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!path.Split('/').All(IsPlain))
        {
            throw Refused(path);
        }

        ModelRecognition.RefusePickle(path);
    }

    // Letters, digits and a few marks; no leading dot, so neither "..", a hidden file, nor a name Windows keeps for devices with a colon.
    private static bool IsPlain(string part) =>
        part.Length is > 0 and <= 128 && part[0] != '.' && part[^1] != '.' && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static EditException Refused(string name) =>
        new(EditFault.BadArgument, $"'{name}' is not a valid name of a model or file on the hub.", "Names contain letters, digits, dots, hyphens and underscores.", name);
}
