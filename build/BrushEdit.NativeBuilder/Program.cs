using BrushEdit.Linking;

// Makes the staged copy of TorchSharp's shim loadable with a C++ runtime older than the one it was built with.
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
    // MSBuild's error format, so that the build's output names the file.
    Console.Error.WriteLine($"error NATIVE001: {args[0]}: {fault.Message}");
    return 1;
}
