using BrushEdit.Linking;

// Makes the staged copy of TorchSharp's shim loadable where the C++ runtime is older than the one it was built with.
if (args.Length != 1)
{
    Console.Error.WriteLine("usage: BrushEdit.NativeBuilder <shim>");
    return 2;
}

try
{
    SymbolVersions.WeakenWhereMissing(args[0], SymbolVersions.UnusedByShim);
    return 0;
}
catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
{
    // The form MSBuild reads, so that the file is named in the build's output.
    Console.Error.WriteLine($"error NATIVE001: {args[0]}: {fault.Message}");
    return 1;
}
