// The folder of compiled kernels, and the form in which code goes from NVRTC's stand-in to the driver's.
#pragma once
#include <stddef.h>

#include <string>

/** Where this library lies. */
std::string libraryFolder();
/** `DL_CUDA_EMULATOR_CACHE`, or a folder beside the libraries; made if missing. */
std::string storeFolder();
std::string hashOf(const std::string& text);
bool readFile(const std::string& path, std::string& content);
/** Writes a file so that others see all of it or nothing. */
bool writeWhole(const std::string& path, const std::string& content);
/** Code as the driver's stand-in takes it. */
std::string imageOf(const std::string& name, const std::string& code);
/** The other way round; false if it is no such image or damaged. */
bool fromImage(const void* image, std::string& name, std::string& code);
