print("Lab")
