using System.Runtime.CompilerServices;

namespace BrushEdit.Tests;

internal static class TestSetup
{
    [ModuleInitializer]
    internal static void Initialize() => NativeLibraries.Register();
}
